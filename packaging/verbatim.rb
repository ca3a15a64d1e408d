# packaging/formula.sh fills in version, address and checksums of a release.
class Verbatim < Formula
  desc "Speech-to-text server in one file, for Deepgram's and OpenAI's clients"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license "MIT"

  on_macos do
    # ONNX Runtime has no libraries for Macs with Intel processors any more.
    depends_on arch: :arm64
    on_arm do
      url "@FROM@/verbatim-darwin-arm64"
      sha256 "@DARWIN_ARM64@"
    end
  end

  on_linux do
    on_arm do
      url "@FROM@/verbatim-linux-arm64"
      sha256 "@LINUX_ARM64@"
    end
    on_intel do
      url "@FROM@/verbatim-linux-x64"
      sha256 "@LINUX_X64@"
    end
  end

  def install
    bin.install Dir["verbatim-*"].first => "verbatim"
  end

  service do
    run [opt_bin/"verbatim", "serve"]
    keep_alive true
    log_path var/"log/verbatim.log"
    error_log_path var/"log/verbatim.log"
  end

  test do
    system bin/"verbatim", "--smoke-test"
  end
end

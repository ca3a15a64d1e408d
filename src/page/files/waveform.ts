/** The shape of a recording, drawn on a canvas. */

/** Bars of a waveform. */
const BARS = 600;
/** Decoding takes ten times a compressed file's size in memory. */
const MOST_BYTES = 100e6;

/** The loudest sample in each of so many parts, 0..1; undefined when the browser cannot read the file or it is too large. */
export async function peaksOf(file: File): Promise<Float32Array | undefined> {
  if (file.size > MOST_BYTES) return undefined;
  const context = new OfflineAudioContext(1, 1, 8000);
  const audio = await context.decodeAudioData(await file.arrayBuffer()).catch(() => undefined);
  if (audio === undefined) return undefined;
  const samples = audio.getChannelData(0);
  const peaks = new Float32Array(BARS);
  const step = Math.max(1, Math.floor(samples.length / BARS / 64));
  for (let bar = 0; bar < BARS; bar++) {
    const end = Math.floor(((bar + 1) * samples.length) / BARS);
    for (let i = Math.floor((bar * samples.length) / BARS); i < end; i += step)
      peaks[bar] = Math.max(peaks[bar] as number, Math.abs(samples[i] as number));
  }
  const loudest = Math.max(...peaks, 1e-6);
  return peaks.map((peak) => peak / loudest);
}

/** Draws the bars; those before `played` (0..1) in the stronger colour. */
export function drawWaveform(canvas: HTMLCanvasElement, peaks: Float32Array, played: number): void {
  const scale = window.devicePixelRatio || 1;
  const { clientWidth, clientHeight } = canvas;
  if (canvas.width !== Math.round(clientWidth * scale)) {
    canvas.width = Math.round(clientWidth * scale);
    canvas.height = Math.round(clientHeight * scale);
  }
  const context = canvas.getContext("2d");
  if (!context || canvas.width === 0) return;
  const style = getComputedStyle(canvas);
  const [before, after] = [style.getPropertyValue("--accent"), style.getPropertyValue("--line")];
  context.clearRect(0, 0, canvas.width, canvas.height);
  const count = Math.min(BARS, Math.floor(clientWidth / 3));
  for (let bar = 0; bar < count; bar++) {
    let peak = 0;
    for (let i = Math.floor((bar * BARS) / count); i < ((bar + 1) * BARS) / count; i++)
      peak = Math.max(peak, peaks[i] ?? 0);
    const height = Math.max(scale, peak * canvas.height * 0.95);
    context.fillStyle = (bar + 0.5) / count <= played ? before : after;
    const width = canvas.width / count;
    context.fillRect(bar * width, (canvas.height - height) / 2, width * 0.66, height);
  }
}

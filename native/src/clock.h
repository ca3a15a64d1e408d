/* A stopwatch for the costs that a result reports. */
#pragma once

#include <chrono>

namespace vb {

class Clock {
public:
  /* Seconds since the last lap, or since the start. */
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last).count();
    last = now;
    return seconds;
  }

private:
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
};

} // namespace vb

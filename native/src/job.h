/*
 * A job is the memory through which other threads see and stop a decode.
 */
#pragma once

#include "json.h"
#include "verbatim.h"

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

struct vb_job {
  std::atomic<int32_t> cancelled{0};
  std::atomic<double> progress{0.0};
  std::mutex mutex;
  /* JSON of each finished segment that nobody has fetched yet. */
  std::vector<std::string> segments;
};

namespace vb {

/* Throws VB_E_CANCELLED when the job's cancel word is set; a null job cannot be cancelled. */
void check_cancelled(const vb_job *job);
void set_progress(vb_job *job, double progress);

} // namespace vb

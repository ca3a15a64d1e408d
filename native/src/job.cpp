/* Jobs: cancel word, progress and finished segments. See job.h. */
#include "job.h"

#include "boundary.h"

namespace vb {

void check_cancelled(const vb_job *job) {
  if (job && job->cancelled.load(std::memory_order_relaxed)) fail(VB_E_CANCELLED, "Cancelled.");
}

void set_progress(vb_job *job, double progress) {
  if (job) job->progress.store(progress, std::memory_order_relaxed);
}

} // namespace vb

extern "C" {

vb_job *vb_job_new(void) { return new (std::nothrow) vb_job; }

void vb_job_free(vb_job *job) { delete job; }

void vb_job_reset(vb_job *job) {
  if (!job) return;
  job->cancelled = 0;
  job->progress = 0.0;
  const std::lock_guard<std::mutex> hold(job->mutex);
  job->segments.clear();
}

void vb_job_cancel(vb_job *job) {
  if (job) job->cancelled = 1;
}

double vb_job_progress(const vb_job *job) { return job ? job->progress.load() : 0.0; }

int32_t vb_job_segments(vb_job *job, vb_buffer *json) {
  return vb::guarded(nullptr, [&] {
    if (!job || !json) vb::fail(VB_E_ARGUMENT, "No job, or no buffer.");
    std::string out = "[";
    {
      const std::lock_guard<std::mutex> hold(job->mutex);
      for (const auto &segment : job->segments) {
        if (out.size() > 1) out += ',';
        out += segment;
      }
      job->segments.clear();
    }
    vb::give(json, out + "]");
  });
}
}

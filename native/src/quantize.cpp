/*
 * Writes a model with its matrices in fewer bits. Which tensors are quantised, and the layout of the file, are upstream's
 * (examples/quantize): two-dimensional weights, but neither biases nor positions; convolutions stay f16.
 */
#include "boundary.h"
#include "files.h"
#include "job.h"
#include "library.h"
#include "model_file.h"

#include "ggml.h"

#include <cerrno>

namespace vb {

namespace {

struct Kind {
  const char *name;
  ggml_ftype file;
  ggml_type weights;
};

constexpr Kind kKinds[] = {
    {"q4_0", GGML_FTYPE_MOSTLY_Q4_0, GGML_TYPE_Q4_0}, {"q4_1", GGML_FTYPE_MOSTLY_Q4_1, GGML_TYPE_Q4_1},
    {"q5_0", GGML_FTYPE_MOSTLY_Q5_0, GGML_TYPE_Q5_0}, {"q5_1", GGML_FTYPE_MOSTLY_Q5_1, GGML_TYPE_Q5_1},
    {"q8_0", GGML_FTYPE_MOSTLY_Q8_0, GGML_TYPE_Q8_0}, {"q2_k", GGML_FTYPE_MOSTLY_Q2_K, GGML_TYPE_Q2_K},
    {"q3_k", GGML_FTYPE_MOSTLY_Q3_K, GGML_TYPE_Q3_K}, {"q4_k", GGML_FTYPE_MOSTLY_Q4_K, GGML_TYPE_Q4_K},
    {"q5_k", GGML_FTYPE_MOSTLY_Q5_K, GGML_TYPE_Q5_K}, {"q6_k", GGML_FTYPE_MOSTLY_Q6_K, GGML_TYPE_Q6_K},
};

const Kind &kind_of(const std::string &name) {
  for (const Kind &kind : kKinds)
    if (name == kind.name) return kind;
  fail(VB_E_ARGUMENT, "There is no quantisation called \"" + name + "\".");
}

/* A file that appears under its name only when it is whole. */
class NewFile {
public:
  explicit NewFile(std::string path) : path(std::move(path)), partial(this->path + ".part"), file(write_file(partial.c_str())) {
    if (!file) fail(VB_E_IO, std::string("The quantised model cannot be written: ") + std::strerror(errno) + ".");
  }
  ~NewFile() {
    if (!file) return;
    file.reset(); // Windows removes no open file
    remove_file(partial.c_str());
  }
  NewFile(const NewFile &) = delete;
  NewFile &operator=(const NewFile &) = delete;

  void write(const void *bytes, size_t count) {
    if (std::fwrite(bytes, 1, count, file.get()) != count)
      fail(VB_E_IO, std::string("The quantised model cannot be written: ") + std::strerror(errno) + ".");
  }

  void finish() {
    const bool flushed = std::fclose(file.release()) == 0;
    if (!flushed || !rename_file(partial.c_str(), path.c_str())) {
      remove_file(partial.c_str());
      fail(VB_E_IO, std::string("The quantised model cannot be written: ") + std::strerror(errno) + ".");
    }
  }

private:
  std::string path, partial;
  File file;
};

std::vector<float> read_floats(ModelSource &source, const ModelTensor &tensor) {
  source.seek(tensor.data);
  std::vector<uint8_t> bytes(tensor.bytes);
  source.read(bytes.data(), bytes.size());
  if (tensor.type == GGML_TYPE_F32) {
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  std::vector<float> values(bytes.size() / sizeof(ggml_fp16_t));
  ggml_fp16_to_fp32_row(reinterpret_cast<const ggml_fp16_t *>(bytes.data()), values.data(), static_cast<int64_t>(values.size()));
  return values;
}

bool is_matrix(const ModelTensor &tensor) {
  return tensor.dimensions == 2 && tensor.name != "encoder.conv1.bias" && tensor.name != "encoder.conv2.bias" &&
         tensor.name != "encoder.positional_embedding" && tensor.name != "decoder.positional_embedding";
}

void copy_bytes(ModelSource &source, uint64_t from, uint64_t count, NewFile &file) {
  source.seek(from);
  std::vector<uint8_t> bytes(count);
  source.read(bytes.data(), bytes.size());
  file.write(bytes.data(), bytes.size());
}

void write_tensor(ModelSource &source, const ModelTensor &tensor, const Kind &kind, NewFile &file) {
  const bool matrix = is_matrix(tensor);
  const bool convolution = tensor.dimensions == 3;
  const int32_t type = matrix ? kind.weights : convolution ? GGML_TYPE_F16 : tensor.type;
  const auto name_length = static_cast<int32_t>(tensor.name.size());
  file.write(&tensor.dimensions, sizeof tensor.dimensions);
  file.write(&name_length, sizeof name_length);
  file.write(&type, sizeof type);
  file.write(tensor.shape, sizeof(int32_t) * static_cast<size_t>(tensor.dimensions));
  file.write(tensor.name.data(), tensor.name.size());
  if (type == tensor.type) return copy_bytes(source, tensor.data, tensor.bytes, file);

  if (tensor.type != GGML_TYPE_F32 && tensor.type != GGML_TYPE_F16) fail(VB_E_MODEL, "The model is quantised already.");
  const std::vector<float> values = read_floats(source, tensor);
  const int64_t width = tensor.shape[0];
  const auto rows = static_cast<int64_t>(values.size()) / width;
  if (width % ggml_blck_size(static_cast<ggml_type>(type)) != 0)
    fail(VB_E_MODEL, std::string("The model's rows are no whole blocks of ") + kind.name + ": choose another quantisation.");
  std::vector<uint8_t> bytes(static_cast<size_t>(rows) * ggml_row_size(static_cast<ggml_type>(type), width));
  if (type == GGML_TYPE_F16)
    ggml_fp32_to_fp16_row(values.data(), reinterpret_cast<ggml_fp16_t *>(bytes.data()), static_cast<int64_t>(values.size()));
  else
    ggml_quantize_chunk(static_cast<ggml_type>(type), values.data(), bytes.data(), 0, rows, width, nullptr);
  file.write(bytes.data(), bytes.size());
}

void quantize(ModelSource &source, const std::string &to, const Kind &kind, vb_job *job) {
  const ModelLayout layout = read_layout(source);
  const int32_t from_type = layout.dimensions.type % GGML_QNT_VERSION_FACTOR;
  if (from_type != GGML_FTYPE_ALL_F32 && from_type != GGML_FTYPE_MOSTLY_F16) fail(VB_E_MODEL, "The model is quantised already.");
  NewFile file(to);
  const auto type = static_cast<int32_t>(GGML_QNT_VERSION * GGML_QNT_VERSION_FACTOR + kind.file);
  // The type is the last of the dimensions, which end where the filters begin.
  copy_bytes(source, 0, layout.filters - sizeof type, file);
  file.write(&type, sizeof type);
  copy_bytes(source, layout.filters, layout.tensors_start - layout.filters, file);
  for (const ModelTensor &tensor : layout.tensors) {
    check_cancelled(job);
    write_tensor(source, tensor, kind, file);
    set_progress(job, static_cast<double>(tensor.data + tensor.bytes) / static_cast<double>(source.size()));
  }
  file.finish();
  set_progress(job, 1.0);
}

} // namespace

} // namespace vb

extern "C" int32_t vb_quantize(const char *from, const char *to, const char *type, vb_job *job, char *error) {
  using namespace vb;
  return guarded(error, [&] {
    if (!from || !to || !type) fail(VB_E_ARGUMENT, "No model to quantise, no place for it, or no type.");
    route_logs();
    const Kind &kind = kind_of(type);
    ModelSource source = ModelSource::file(from);
    quantize(source, to, kind, job);
  });
}

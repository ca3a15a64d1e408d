/* The door to ggml: which operations of a graph our kernels take over, and the buffer type that stores weights in panels. */
#include "kernels.h"

#include "simd.h"

#ifndef VERBATIM_SIMD
ggml_backend_buffer_type_t verbatim_kernels_buffer_type() { return nullptr; }
#else

#include "attention.h"
#include "elementwise.h"
#include "ggml-backend-impl.h"
#include "ggml-cpu-impl.h"
#include "ggml-cpu.h"
#include "ggml-impl.h"
#include "halves.h"
#include "panels.h"
#include "traits.h"

#include <cstdlib>
#include <cstring>
#include <vector>

namespace verbatim {
namespace {

/* The environment's VERBATIM_KERNELS (kernels.h). */
bool is_set_to(const char * value) {
    static const char * const setting = getenv("VERBATIM_KERNELS");
    return setting && strcmp(setting, value) == 0;
}

bool in_panels(const ggml_tensor * t) { return t && t->buffer && t->buffer->buft == verbatim_kernels_buffer_type(); }

/* The types that whisper.cpp quantises to in blocks of 32. All become q8_0, which holds what they hold and costs up to twice their memory. */
bool in_blocks(ggml_type type) {
    return type == GGML_TYPE_Q8_0 || type == GGML_TYPE_Q5_0 || type == GGML_TYPE_Q5_1 || type == GGML_TYPE_Q4_0 || type == GGML_TYPE_Q4_1;
}

bool can_be_panels(const ggml_tensor * t) {
    return in_blocks(t->type) && ggml_is_matrix(t) && ggml_is_contiguous(t) && panels_fit(t->ne[0], t->ne[1]);
}

/* ---- weights in panels ------------------------------------------------------------------------------------------ */

product product_of(const ggml_tensor * op) {
    const ggml_tensor * weights = op->src[0];
    const ggml_tensor * inputs  = op->src[1];
    return { (const uint8_t *) weights->data, weights->ne[0],           weights->ne[1],
             (const float *) inputs->data,    (int64_t) (inputs->nb[1] / sizeof(float)), ggml_nrows(inputs),
             (float *) op->data,              (int64_t) (op->nb[1] / sizeof(float)) };
}

void multiply(const ggml_compute_params * params, const ggml_tensor * op) {
    const product p       = product_of(op);
    uint8_t *     scratch = (uint8_t *) params->wdata;
    product_prepare(p, scratch, params->ith, params->nth);
    if (params->ith == 0) ggml_threadpool_chunk_set(params->threadpool, params->nth);
    ggml_barrier(params->threadpool);
    const int pieces = product_pieces(p, params->nth);
    for (int piece = params->ith; piece < pieces; piece = ggml_threadpool_chunk_add(params->threadpool, 1)) {
        product_compute(p, scratch, piece, pieces);
    }
}

void take_rows(const ggml_compute_params * params, const ggml_tensor * op) {
    const ggml_tensor * weights = op->src[0];
    const ggml_tensor * indices = op->src[1];
    for (int64_t i = params->ith; i < indices->ne[0]; i += params->nth) {
        const int32_t row = *(const int32_t *) ((const char *) indices->data + i * indices->nb[0]);
        GGML_ASSERT(row >= 0 && row < weights->ne[1]);
        panels_row((const uint8_t *) weights->data, weights->ne[0], row, (float *) ((char *) op->data + i * op->nb[1]));
    }
}

/* ---- which operations are ours ---------------------------------------------------------------------------------- */

using compute = void (*)(const ggml_compute_params * params, const ggml_tensor * op);

/* What computes an operation; null: ggml. */
compute kernel_for(const ggml_tensor * op) {
    switch (op->op) {
        case GGML_OP_MUL_MAT:
            if (in_panels(op->src[0])) return multiply;
            if (is_attention_product(op)) return attention_product;
            return is_half_product(op) ? half_product : nullptr;
        case GGML_OP_GET_ROWS: return in_panels(op->src[0]) ? take_rows : nullptr;
        case GGML_OP_FLASH_ATTN_EXT: return is_attention(op) ? attention : nullptr;
        case GGML_OP_IM2COL: return is_gather_windows(op) ? gather_windows : nullptr;
        case GGML_OP_UNARY: return is_gelu(op) ? gelu : nullptr;
        case GGML_OP_NORM: return is_norm(op) ? norm : nullptr;
        case GGML_OP_ADD: return is_add_per_row(op) ? add_per_row : nullptr;
        case GGML_OP_CPY:
            if (is_halving(op)) return halve;
            return is_transpose(op) ? transpose : nullptr;
        case GGML_OP_CONT: return is_transpose(op) ? transpose : nullptr;
        default: return nullptr;
    }
}

size_t scratch_for(compute kernel, int threads, const ggml_tensor * op) {
    if (kernel == multiply) return product_scratch(op->src[0]->ne[0], ggml_nrows(op->src[1]));
    if (kernel == half_product) return half_product_scratch(op);
    if (kernel == attention) return attention_scratch(op) * threads;
    return 0;
}

struct operations : ggml::cpu::tensor_traits {
    bool work_size(int threads, const ggml_tensor * op, size_t & size) override {
        size = scratch_for(kernel_for(op), threads, op);
        return true;
    }

    bool compute_forward(ggml_compute_params * params, ggml_tensor * op) override {
        kernel_for(op)(params, op);
        return true;
    }
};

struct kernels : ggml::cpu::extra_buffer_type {
    /* Asked for operations on tensors in our buffers only. */
    bool supports_op(ggml_backend_dev_t, const ggml_tensor * op) override {
        const ggml_tensor * weights = op->src[0];
        const ggml_tensor * other   = op->src[1];
        if (!in_panels(weights) || !other || (other->buffer && !ggml_backend_buft_is_host(other->buffer->buft))) return false;
        if (!can_be_panels(weights) || is_set_to("no-panels")) return false;
        if (op->op == GGML_OP_GET_ROWS) return other->type == GGML_TYPE_I32 && ggml_is_vector(other) && op->type == GGML_TYPE_F32;
        return op->op == GGML_OP_MUL_MAT && other->type == GGML_TYPE_F32 && ggml_is_contiguous(other) && ggml_is_contiguous(op);
    }

    ggml::cpu::tensor_traits * get_tensor_traits(const ggml_tensor * op) override {
        static operations ours;
        return kernel_for(op) ? &ours : nullptr;
    }
};

/* ---- the buffer type -------------------------------------------------------------------------------------------- */

void   buffer_free(ggml_backend_buffer_t buffer) { ggml_aligned_free(buffer->context, buffer->size); }
void * buffer_base(ggml_backend_buffer_t buffer) { return buffer->context; }
void   buffer_clear(ggml_backend_buffer_t buffer, uint8_t value) { memset(buffer->context, value, buffer->size); }

void buffer_set(ggml_backend_buffer_t, ggml_tensor * tensor, const void * data, size_t offset, size_t size) {
    GGML_ASSERT(can_be_panels(tensor) && offset == 0 && size == ggml_nbytes(tensor));
    const int64_t columns = tensor->ne[0], rows = tensor->ne[1];
    if (tensor->type == GGML_TYPE_Q8_0) {
        panels_pack(data, columns, rows, (uint8_t *) tensor->data);
        return;
    }
    std::vector<float>   row(columns);
    std::vector<uint8_t> q8(ggml_row_size(GGML_TYPE_Q8_0, columns) * rows);
    for (int64_t r = 0; r < rows; ++r) {
        ggml_get_type_traits(tensor->type)->to_float((const char *) data + r * ggml_row_size(tensor->type, columns), row.data(), columns);
        ggml_quantize_chunk(GGML_TYPE_Q8_0, row.data(), q8.data() + r * ggml_row_size(GGML_TYPE_Q8_0, columns), 0, 1, columns, nullptr);
    }
    panels_pack(q8.data(), columns, rows, (uint8_t *) tensor->data);
}

constexpr ggml_backend_buffer_i buffer_interface = {
    /* .free_buffer     = */ buffer_free,
    /* .get_base        = */ buffer_base,
    /* .init_tensor     = */ nullptr,
    /* .memset_tensor   = */ nullptr,
    /* .set_tensor      = */ buffer_set,
    /* .get_tensor      = */ nullptr,
    /* .set_tensor_2d   = */ nullptr,
    /* .get_tensor_2d   = */ nullptr,
    /* .cpy_tensor      = */ nullptr,
    /* .clear           = */ buffer_clear,
    /* .reset           = */ nullptr,
};

const char * type_name(ggml_backend_buffer_type_t) { return "Verbatim"; }
size_t       type_alignment(ggml_backend_buffer_type_t) { return 64; }

ggml_backend_buffer_t type_alloc(ggml_backend_buffer_type_t type, size_t size) {
    void * data = ggml_aligned_malloc(size > 0 ? size : 64);
    return data ? ggml_backend_buffer_init(type, buffer_interface, data, size) : nullptr;
}

size_t type_alloc_size(ggml_backend_buffer_type_t, const ggml_tensor * tensor) {
    return can_be_panels(tensor) ? panels_size(tensor->ne[0], tensor->ne[1]) : ggml_nbytes(tensor);
}

} // namespace
} // namespace verbatim

ggml_backend_buffer_type_t verbatim_kernels_buffer_type() {
    static ggml_backend_buffer_type type = {
        /* .iface   = */ { verbatim::type_name, verbatim::type_alloc, verbatim::type_alignment, nullptr, verbatim::type_alloc_size, nullptr },
        /* .device  = */ ggml_backend_reg_dev_get(ggml_backend_cpu_reg(), 0),
        /* .context = */ new verbatim::kernels(),
    };
    return verbatim::is_set_to("off") ? nullptr : &type;
}

#endif

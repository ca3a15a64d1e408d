/* The door to ggml: which operations of a graph our kernels take over, and the buffer type that stores weights in panels. */
#include "kernels.h"

#include "simd.h"

#ifndef VERBATIM_SIMD
ggml_backend_buffer_type_t verbatim_kernels_buffer_type() { return nullptr; }
#else

#include "attention.h"
#include "ggml-backend-impl.h"
#include "ggml-cpu-impl.h"
#include "ggml-cpu.h"
#include "ggml-impl.h"
#include "panels.h"
#include "traits.h"

#include <cstdlib>
#include <cstring>

namespace verbatim {
namespace {

bool in_panels(const ggml_tensor * t) { return t && t->buffer && t->buffer->buft == verbatim_kernels_buffer_type(); }

bool can_be_panels(const ggml_tensor * t) {
    return t->type == GGML_TYPE_Q8_0 && ggml_is_matrix(t) && ggml_is_contiguous(t) && panels_fit(t->ne[0], t->ne[1]);
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

struct operations : ggml::cpu::tensor_traits {
    bool work_size(int threads, const ggml_tensor * op, size_t & size) override {
        switch (op->op) {
            case GGML_OP_MUL_MAT:
                size = in_panels(op->src[0]) ? product_scratch(op->src[0]->ne[0], ggml_nrows(op->src[1])) : 0;
                return true;
            case GGML_OP_GET_ROWS: size = 0; return true;
            case GGML_OP_FLASH_ATTN_EXT: size = attention_scratch(op) * threads; return true;
            default: return false;
        }
    }

    bool compute_forward(ggml_compute_params * params, ggml_tensor * op) override {
        switch (op->op) {
            case GGML_OP_MUL_MAT:
                if (in_panels(op->src[0])) multiply(params, op);
                else attention_product(params, op);
                return true;
            case GGML_OP_GET_ROWS: take_rows(params, op); return true;
            case GGML_OP_FLASH_ATTN_EXT: attention(params, op); return true;
            default: return false;
        }
    }
};

struct kernels : ggml::cpu::extra_buffer_type {
    /* Asked for operations on tensors in our buffers only. */
    bool supports_op(ggml_backend_dev_t, const ggml_tensor * op) override {
        const ggml_tensor * weights = op->src[0];
        const ggml_tensor * other   = op->src[1];
        if (!in_panels(weights) || !other || (other->buffer && !ggml_backend_buft_is_host(other->buffer->buft))) return false;
        if (!can_be_panels(weights)) return false;
        if (op->op == GGML_OP_GET_ROWS) return other->type == GGML_TYPE_I32 && ggml_is_vector(other) && op->type == GGML_TYPE_F32;
        return op->op == GGML_OP_MUL_MAT && other->type == GGML_TYPE_F32 && ggml_is_contiguous(other) && ggml_is_contiguous(op);
    }

    ggml::cpu::tensor_traits * get_tensor_traits(const ggml_tensor * op) override {
        static operations ours;
        switch (op->op) {
            case GGML_OP_MUL_MAT: return in_panels(op->src[0]) || is_attention_product(op) ? &ours : nullptr;
            case GGML_OP_GET_ROWS: return in_panels(op->src[0]) ? &ours : nullptr;
            case GGML_OP_FLASH_ATTN_EXT: return is_attention(op) ? &ours : nullptr;
            default: return nullptr;
        }
    }
};

/* ---- the buffer type -------------------------------------------------------------------------------------------- */

void   buffer_free(ggml_backend_buffer_t buffer) { ggml_aligned_free(buffer->context, buffer->size); }
void * buffer_base(ggml_backend_buffer_t buffer) { return buffer->context; }
void   buffer_clear(ggml_backend_buffer_t buffer, uint8_t value) { memset(buffer->context, value, buffer->size); }

void buffer_set(ggml_backend_buffer_t, ggml_tensor * tensor, const void * data, size_t offset, size_t size) {
    GGML_ASSERT(can_be_panels(tensor) && offset == 0 && size == ggml_nbytes(tensor));
    panels_pack(data, tensor->ne[0], tensor->ne[1], (uint8_t *) tensor->data);
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
    static const bool off = [] {
        const char * setting = getenv("VERBATIM_KERNELS");
        return setting && strcmp(setting, "off") == 0;
    }();
    return off ? nullptr : &type;
}

#endif

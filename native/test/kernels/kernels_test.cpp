/*
 * Every kernel against plain loops in double precision, with one, two and three threads, at sizes that are no multiple of anything.
 * The thread pool below stands in for ggml's, of which the kernels use a barrier and a counter.
 */
#include "attention.h"
#include "elementwise.h"
#include "halves.h"
#include "panels.h"
#include "words.h"

#include <atomic>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <thread>
#include <vector>

struct ggml_threadpool {
    int              threads;
    std::atomic<int> chunk{ 0 }, waiting{ 0 }, round{ 0 };
};

extern "C" {
void ggml_threadpool_chunk_set(ggml_threadpool * pool, int value) { pool->chunk = value; }
int  ggml_threadpool_chunk_add(ggml_threadpool * pool, int value) { return pool->chunk.fetch_add(value); }
void ggml_barrier(ggml_threadpool * pool) {
    const int round = pool->round;
    if (pool->waiting.fetch_add(1) + 1 == pool->threads) {
        pool->waiting = 0;
        pool->round++;
    } else {
        while (pool->round == round) std::this_thread::yield();
    }
}
}

namespace {

std::mt19937 numbers(7);
float        gaussian(float size = 1.0f) { return std::normal_distribution<float>(0.0f, size)(numbers); }

int failures = 0;

void expect(bool holds, const char * what, const std::string & where) {
    if (holds) return;
    failures++;
    fprintf(stderr, "%s: %s\n", what, where.c_str());
}

/* Root mean square of the error over that of the truth. */
struct error_meter {
    double error = 0, size = 0;
    void   add(double truth, double got) {
        error += (truth - got) * (truth - got);
        size += truth * truth;
        if (!std::isfinite(got)) error = INFINITY;
    }
    double relative() const { return std::sqrt(error / (size > 0 ? size : 1)); }
};

/* A ggml context whose tensors have memory. */
struct tensors {
    ggml_context * context = ggml_init({ 512u << 20, nullptr, false });
    ~tensors() { ggml_free(context); }
    ggml_tensor * floats(std::vector<int64_t> ne, float size = 1.0f) {
        ggml_tensor * t = ggml_new_tensor(context, GGML_TYPE_F32, (int) ne.size(), ne.data());
        for (int64_t i = 0; i < ggml_nelements(t); ++i) ((float *) t->data)[i] = gaussian(size);
        return t;
    }
    ggml_tensor * halves(std::vector<int64_t> ne) {
        ggml_tensor * t = ggml_new_tensor(context, GGML_TYPE_F16, (int) ne.size(), ne.data());
        for (int64_t i = 0; i < ggml_nelements(t); ++i) ((ggml_fp16_t *) t->data)[i] = ggml_fp32_to_fp16(gaussian());
        return t;
    }
};

double at(const ggml_tensor * t, int64_t i, int64_t j = 0, int64_t k = 0) {
    const char * p = (const char *) t->data + i * t->nb[0] + j * t->nb[1] + k * t->nb[2];
    return t->type == GGML_TYPE_F16 ? ggml_fp16_to_fp32(*(const ggml_fp16_t *) p) : *(const float *) p;
}

void run(void (*kernel)(const ggml_compute_params *, const ggml_tensor *), ggml_tensor * op, int threads, size_t scratch) {
    ggml_threadpool          pool{ threads };
    std::vector<char>        memory(scratch);
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) {
        workers.emplace_back([&, i] {
            const ggml_compute_params params = { i, threads, scratch, memory.data(), &pool, false };
            kernel(&params, op);
        });
    }
    for (auto & worker : workers) worker.join();
}

/* Fills a result with what no kernel may leave there. */
void poison(ggml_tensor * op) {
    if (op->type == GGML_TYPE_F32) for (int64_t i = 0; i < ggml_nelements(op); ++i) ((float *) op->data)[i] = NAN;
    else memset(op->data, 0xff, ggml_nbytes(op));
}

void test_panels() {
    const struct { int64_t columns, rows, count; } shapes[] = {
        { 64, 16, 1 }, { 64, 24, 7 }, { 128, 37, 2 }, { 192, 50, 3 }, { 512, 70, 4 }, { 512, 129, 5 }, { 512, 96, 6 }, { 320, 65, 200 }, { 2048, 40, 391 },
    };
    for (const auto & s : shapes) {
        const std::string   where = std::to_string(s.columns) + "x" + std::to_string(s.rows) + " by " + std::to_string(s.count);
        std::vector<float>  w(s.columns * s.rows), x(s.columns * s.count);
        for (float & v : w) v = gaussian(0.1f);
        for (float & v : x) v = gaussian();
        for (int64_t i = 0; i < 32; ++i) x[i] = 0.0f; /* a block of zeros has no scale */
        std::vector<char> q8(ggml_row_size(GGML_TYPE_Q8_0, s.columns) * s.rows);
        ggml_quantize_chunk(GGML_TYPE_Q8_0, w.data(), q8.data(), 0, s.rows, s.columns, nullptr);
        ggml_get_type_traits(GGML_TYPE_Q8_0)->to_float(q8.data(), w.data(), w.size());

        expect(verbatim::panels_fit(s.columns, s.rows), "panels decline", where);
        std::vector<uint8_t> panels(verbatim::panels_size(s.columns, s.rows));
        verbatim::panels_pack(q8.data(), s.columns, s.rows, panels.data());
        std::vector<float> row(s.columns);
        for (int64_t r = 0; r < s.rows; ++r) {
            verbatim::panels_row(panels.data(), s.columns, r, row.data());
            expect(std::equal(row.begin(), row.end(), w.begin() + r * s.columns), "a row of panels differs", where);
        }
        for (int threads = 1; threads <= 3; ++threads) {
            const int64_t      stride = s.rows + 3;
            std::vector<float> y(stride * s.count, 1234.0f);
            const verbatim::product p = { panels.data(), s.columns, s.rows, x.data(), s.columns, s.count, y.data(), stride };
            std::vector<uint8_t>    scratch(verbatim::product_scratch(s.columns, s.count));
            for (int t = 0; t < threads; ++t) verbatim::product_prepare(p, scratch.data(), t, threads);
            const int pieces = verbatim::product_pieces(p, threads);
            for (int i = pieces - 1; i >= 0; --i) verbatim::product_compute(p, scratch.data(), i, pieces);
            error_meter meter;
            for (int64_t n = 0; n < s.count; ++n) {
                for (int64_t r = 0; r < s.rows; ++r) {
                    double truth = 0;
                    for (int64_t k = 0; k < s.columns; ++k) truth += (double) w[r * s.columns + k] * x[n * s.columns + k];
                    meter.add(truth, y[n * stride + r]);
                }
                for (int64_t r = s.rows; r < stride; ++r) expect(y[n * stride + r] == 1234.0f, "a product writes past its rows", where);
            }
            expect(meter.relative() < 0.008, "panels product", where + ": error " + std::to_string(meter.relative()));
        }
    }
}

void test_attention() {
    const struct { int64_t queries, keys, heads; float size; } shapes[] = {
        { 6, 1, 1, 1 }, { 7, 63, 2, 1 }, { 64, 129, 3, 1 }, { 100, 300, 2, 3 }, { 191, 512, 2, 10 },
    };
    for (const auto & s : shapes) {
        for (int threads = 1; threads <= 3; ++threads) {
            tensors       t;
            ggml_tensor * q = ggml_permute(t.context, t.floats({ 64, s.heads, s.queries }, s.size), 0, 2, 1, 3);
            ggml_tensor * k = ggml_permute(t.context, t.halves({ 64, s.heads, s.keys }), 0, 2, 1, 3);
            ggml_tensor * v = ggml_permute(t.context, t.halves({ 64, s.heads, s.keys }), 0, 2, 1, 3);
            ggml_tensor * op = ggml_flash_attn_ext(t.context, q, k, v, nullptr, 0.125f, 0.0f, 0.0f);
            const std::string where = std::to_string(s.queries) + " queries, " + std::to_string(s.keys) + " keys";
            expect(verbatim::is_attention(op), "attention declines", where);
            poison(op);
            run(verbatim::attention, op, threads, verbatim::attention_scratch(op) * threads);
            error_meter meter;
            for (int64_t h = 0; h < s.heads; ++h) {
                for (int64_t n = 0; n < s.queries; ++n) {
                    std::vector<double> p(s.keys);
                    double              top = -INFINITY, total = 0;
                    for (int64_t j = 0; j < s.keys; ++j) {
                        double dot = 0;
                        for (int i = 0; i < 64; ++i) dot += at(q, i, n, h) * at(k, i, j, h);
                        p[j] = dot * 0.125;
                        top  = std::max(top, p[j]);
                    }
                    for (double & x : p) total += x = std::exp(x - top);
                    for (int i = 0; i < 64; ++i) {
                        double truth = 0;
                        for (int64_t j = 0; j < s.keys; ++j) truth += p[j] / total * at(v, i, j, h);
                        meter.add(truth, at(op, i, h, n));
                    }
                }
            }
            /* bfloat16 has 8 bits: a score of size 10 is off by some hundredths. */
            const double most = verbatim::depth == 2 ? (s.size > 5 ? 0.03 : 0.01) : 1e-5;
            expect(meter.relative() < most, "attention", where + ": error " + std::to_string(meter.relative()));
        }
    }
    tensors       t;
    ggml_tensor * k      = t.halves({ 64, 64, 2 });
    ggml_tensor * q      = t.floats({ 64, 64, 2 });
    ggml_tensor * masked = ggml_flash_attn_ext(t.context, q, k, k, t.halves({ 64, 64 }), 0.125f, 0.0f, 0.0f);
    expect(!verbatim::is_attention(masked), "attention takes a mask", "64");
}

void check_product(const char * what, ggml_tensor * op, double most) {
    error_meter meter;
    for (int64_t h = 0; h < op->ne[2]; ++h) {
        for (int64_t n = 0; n < op->ne[1]; ++n) {
            for (int64_t r = 0; r < op->ne[0]; ++r) {
                double truth = 0;
                for (int64_t k = 0; k < op->src[0]->ne[0]; ++k) truth += at(op->src[0], k, r, h) * at(op->src[1], k, n, h);
                meter.add(truth, at(op, r, n, h));
            }
        }
    }
    expect(meter.relative() < most, what, std::to_string(op->ne[0]) + "x" + std::to_string(op->ne[1]) + ": error " + std::to_string(meter.relative()));
}

void test_decoder_products() {
    for (const int64_t keys : { 1, 15, 32, 77, 1500 }) {
        for (const int64_t queries : { 1, 5 }) {
            for (int threads = 1; threads <= 3; ++threads) {
                tensors       t;
                ggml_tensor * k = ggml_permute(t.context, t.halves({ 64, 4, keys }), 0, 2, 1, 3);
                ggml_tensor * q = ggml_permute(t.context, t.floats({ 64, 4, queries }), 0, 2, 1, 3);
                ggml_tensor * scores = ggml_mul_mat(t.context, k, q);
                ggml_tensor * output = ggml_mul_mat(t.context, t.halves({ keys, 64, 4 }), t.floats({ keys, queries, 4 }));
                for (ggml_tensor * op : { scores, output }) {
                    expect(verbatim::is_attention_product(op), "decoder product declines", std::to_string(keys));
                    poison(op);
                    run(verbatim::attention_product, op, threads, 0);
                    check_product("decoder product", op, 1e-5);
                }
            }
        }
    }
}

void test_half_products() {
    const struct { int64_t length, rows, count; } shapes[] = { { 240, 130, 64 }, { 1536, 64, 25 }, { 512, 201, 77 }, { 5120, 64, 32 } };
    for (const auto & s : shapes) {
        for (int threads = 1; threads <= 3; ++threads) {
            tensors t;
            for (ggml_tensor * other : { t.halves({ s.length, s.count }), t.floats({ s.length, s.count }) }) {
                ggml_tensor * op = ggml_mul_mat(t.context, t.halves({ s.length, s.rows }), other);
                expect(verbatim::is_half_product(op), "half product declines", std::to_string(s.length));
                poison(op);
                run(verbatim::half_product, op, threads, verbatim::half_product_scratch(op));
                check_product("half product", op, verbatim::depth == 2 ? 0.005 : 1e-5);
            }
        }
    }
}

void test_windows() {
    for (const int stride : { 1, 2 }) {
        for (const int64_t channels : { 1, 80, 600 }) {
            for (const int64_t length : { 3, 50, 256 }) {
                for (int threads = 1; threads <= 3; ++threads) {
                    tensors       t;
                    ggml_tensor * x = t.floats({ length, channels, 1 });
                    ggml_tensor * op = ggml_im2col(t.context, t.halves({ 3, channels, 8 }), x, stride, 0, 1, 0, 1, 0, false, GGML_TYPE_F16);
                    expect(verbatim::is_gather_windows(op), "windows decline", std::to_string(channels));
                    poison(op);
                    run(verbatim::gather_windows, op, threads, 0);
                    bool same = true;
                    for (int64_t n = 0; n < op->ne[1]; ++n) {
                        for (int64_t i = 0; i < 3 * channels; ++i) {
                            const int64_t from  = n * stride + i % 3 - 1;
                            const float   truth = from < 0 || from >= length ? 0.0f : (float) at(x, from, i / 3);
                            same = same && at(op, i, n) == ggml_fp16_to_fp32(ggml_fp32_to_fp16(truth));
                        }
                    }
                    expect(same, "windows", std::to_string(channels) + " channels of " + std::to_string(length) + " by " + std::to_string(stride));
                }
            }
        }
    }
}

void test_elementwise() {
    for (int threads = 1; threads <= 3; ++threads) {
        for (const int64_t rows : { 1, 2, 33 }) {
            tensors       t;
            const auto    where = std::to_string(rows) + " rows";
            ggml_tensor * x = t.floats({ 208, rows }, 4.0f);
            for (int i = 0; i < 8; ++i) ((float *) x->data)[i] = (i - 4) * 40.0f; /* far out, on both sides */

            ggml_tensor * op = ggml_gelu(t.context, x);
            expect(verbatim::is_gelu(op), "gelu declines", where);
            poison(op);
            run(verbatim::gelu, op, threads, 0);
            error_meter meter;
            for (int64_t r = 0; r < rows; ++r) {
                for (int64_t i = 0; i < 208; ++i) {
                    const double v = at(x, i, r);
                    meter.add(0.5 * v * (1 + std::tanh(0.7978845608 * (v + 0.044715 * v * v * v))), at(op, i, r));
                }
            }
            expect(meter.relative() < 1e-6, "gelu", where + ": error " + std::to_string(meter.relative()));

            op = ggml_norm(t.context, x, 1e-5f);
            expect(verbatim::is_norm(op), "norm declines", where);
            poison(op);
            run(verbatim::norm, op, threads, 0);
            meter = {};
            for (int64_t r = 0; r < rows; ++r) {
                double mean = 0, squares = 0;
                for (int64_t i = 0; i < 208; ++i) mean += at(x, i, r) / 208;
                for (int64_t i = 0; i < 208; ++i) squares += (at(x, i, r) - mean) * (at(x, i, r) - mean) / 208;
                for (int64_t i = 0; i < 208; ++i) meter.add((at(x, i, r) - mean) / std::sqrt(squares + 1e-5), at(op, i, r));
            }
            expect(meter.relative() < 1e-5, "norm", where + ": error " + std::to_string(meter.relative()));

            ggml_tensor * bias = t.floats({ 1, rows });
            op = ggml_add(t.context, x, bias);
            expect(verbatim::is_add_per_row(op), "add per row declines", where);
            poison(op);
            run(verbatim::add_per_row, op, threads, 0);
            bool same = true;
            for (int64_t r = 0; r < rows; ++r) for (int64_t i = 0; i < 208; ++i) same = same && at(op, i, r) == (float) at(x, i, r) + (float) at(bias, 0, r);
            expect(same, "add per row", where);

            for (const int64_t width : { 16, 77 }) {
                ggml_tensor * from = ggml_transpose(t.context, t.floats({ rows + 1, width }));
                ggml_tensor * whole = ggml_cont(t.context, from);
                ggml_tensor * half  = ggml_cpy(t.context, from, t.halves({ width, rows + 1 }));
                for (ggml_tensor * to : { whole, half }) {
                    expect(verbatim::is_transpose(to), "transpose declines", where);
                    poison(to);
                    run(verbatim::transpose, to, threads, 0);
                    same = true;
                    for (int64_t r = 0; r <= rows; ++r) {
                        for (int64_t i = 0; i < width; ++i) {
                            const float truth = (float) at(from, i, r);
                            same = same && at(to, i, r) == (to->type == GGML_TYPE_F32 ? truth : ggml_fp16_to_fp32(ggml_fp32_to_fp16(truth)));
                        }
                    }
                    expect(same, "transpose", where + " of " + std::to_string(width));
                }
            }

            op = ggml_cpy(t.context, x, t.halves({ 208 * rows }));
            expect(verbatim::is_halving(op), "halving declines", where);
            poison(op);
            run(verbatim::halve, op, threads, 0);
            same = true;
            for (int64_t i = 0; i < 208 * rows; ++i) same = same && at(op, i) == ggml_fp16_to_fp32(ggml_fp32_to_fp16(((float *) x->data)[i]));
            expect(same, "halving", where);
        }
    }
}

} // namespace

int run_kernel_tests() {
    test_panels();
    test_attention();
    test_decoder_products();
    test_half_products();
    test_windows();
    test_elementwise();
    return failures;
}

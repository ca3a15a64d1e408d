/* Runs the tests of one class of CPU, if this one belongs to it. */
#include <cstdio>
#include <cstring>

int run_kernel_tests();

static bool cpu_has(const char * name) {
    __builtin_cpu_init();
    const bool avx2   = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (strcmp(name, "avx2") == 0) return avx2;
    if (strcmp(name, "avxvnni") == 0) {
        unsigned a = 7, b, c = 1, d; /* leaf 7.1: EAX bit 4, which GCC 12 does not name */
        asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        return avx2 && (a >> 4 & 1);
    }
    if (strcmp(name, "avx512") == 0) return avx512;
    if (strcmp(name, "avx512vnni") == 0) return avx512 && __builtin_cpu_supports("avx512vnni");
    return avx512 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
}

int main() {
    if (!cpu_has(KERNEL_CLASS)) {
        printf("kernels %s: NOT RUN, this CPU lacks it\n", KERNEL_CLASS);
        return 0;
    }
    const int failures = run_kernel_tests();
    printf("kernels %s: %s\n", KERNEL_CLASS, failures ? "FAILED" : "ok");
    return failures ? 1 : 0;
}

/*
 * A backend that says it computes on a GPU, and has a CPU variant do it (CPU_FILE). With DIES its first computation is an illegal
 * instruction, as with a driver that cannot run what it was given; with NO_DEVICE it finds none, as on a machine without a GPU.
 */
#include "ggml-backend-impl.h"
#include <dlfcn.h>
#include <stddef.h>

static struct ggml_backend_device device;
static ggml_backend_reg_t cpu;

static const char *device_name(ggml_backend_dev_t one) { return (void)one, "CUDA0"; }
static enum ggml_backend_dev_type device_type(ggml_backend_dev_t one) { return (void)one, GGML_BACKEND_DEVICE_TYPE_GPU; }

static void device_properties(ggml_backend_dev_t one, struct ggml_backend_dev_props *properties) {
  ggml_backend_dev_t real = cpu->iface.get_device(cpu, 0);
  (void)one;
  real->iface.get_props(real, properties);
  properties->name = "CUDA0";
  properties->type = GGML_BACKEND_DEVICE_TYPE_GPU;
}

#ifdef DIES
static enum ggml_status compute(ggml_backend_t backend, struct ggml_cgraph *graph) {
  (void)backend, (void)graph;
  __builtin_trap();
}
#endif

static ggml_backend_t begin(ggml_backend_dev_t one, const char *parameters) {
  ggml_backend_dev_t real = cpu->iface.get_device(cpu, 0);
  ggml_backend_t backend = real->iface.init_backend(real, parameters);
  backend->device = one;
#ifdef DIES
  backend->iface.graph_compute = compute;
#endif
  return backend;
}

static const char *name(ggml_backend_reg_t reg) { return (void)reg, "CUDA"; }
static size_t devices(ggml_backend_reg_t reg) {
  (void)reg;
#ifdef NO_DEVICE
  return 0;
#else
  return 1;
#endif
}
static ggml_backend_dev_t device_at(ggml_backend_reg_t reg, size_t index) { return (void)reg, (void)index, &device; }
static void *function(ggml_backend_reg_t reg, const char *named) { return (void)reg, cpu->iface.get_proc_address(cpu, named); }

ggml_backend_reg_t ggml_backend_init(void) {
  static struct ggml_backend_reg reg = {GGML_BACKEND_API_VERSION, {name, devices, device_at, function}, NULL};
  void *library = dlopen(CPU_FILE, RTLD_NOW | RTLD_LOCAL);
  cpu = ((ggml_backend_reg_t(*)(void))dlsym(library, "ggml_backend_init"))();
  device = *cpu->iface.get_device(cpu, 0);
  device.reg = &reg;
  device.iface.get_name = device_name;
  device.iface.get_type = device_type;
  device.iface.get_props = device_properties;
  device.iface.init_backend = begin;
  return &reg;
}

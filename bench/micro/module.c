/* SPDX-License-Identifier: MIT
 *
 * module.c: the micro-benchmarks as a Python extension module, gcsweep_bench.
 *
 * It is how pymalloc and CPython's objects are measured in the very build that users run, the executable that
 * loads this. It is built twice: for the version whose headers were there, which Python prefers by its file's
 * name and in which CPython's own macros are used, and for the stable ABI, for every other one from 3.9 on. The
 * module has the runtime and the benchmarks linked into it and lets out one symbol.
 */
#include "bench/python/arguments.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench/micro/micro.h"

PyMODINIT_FUNC PyInit_gcsweep_bench(void);

/* The slower way of calling it is told, since figures depend on it. */
#if defined(Py_LIMITED_API)
static const char through[] = " (stable ABI)";
#else
static const char through[] = "";
#endif

static PyObject *
run(PyObject *self, PyObject *list) {
    char host[64];
    struct bench_python_arguments arguments;
    int status;

    (void)self;
    if (bench_python_arguments_init(&arguments, list) != 0)
        return NULL;
    /* The interpreter only notes an interrupt, and would act on it after the last benchmark. */
    signal(SIGINT, SIG_DFL);
    snprintf(host, sizeof host, "CPython %.*s%s", (int)strcspn(Py_GetVersion(), " "),
             Py_GetVersion(), through);
    status = bench_micro_run(arguments.argc, arguments.argv, host);
    bench_python_arguments_fini(&arguments);
    return PyLong_FromLong(status);
}

static PyMethodDef methods[] = {
    {"run", run, METH_O, "run(argv): runs the micro-benchmarks and gives the exit status."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gcsweep_bench",
    .m_doc = "Micro-benchmarks of allocators, pymalloc among them.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_gcsweep_bench(void) {
    return PyModule_Create(&definition);
}

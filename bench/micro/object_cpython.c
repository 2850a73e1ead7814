/* SPDX-License-Identifier: MIT
 *
 * object_cpython.c: CPython as an engine of the objects' micro-benchmarks. Classes are made by Python
 * source, since only those have what Python's classes have; the callback is a function in C, which
 * CPython calls fastest.
 */
#include "bench/micro/object_subject.h"

#include <dlfcn.h>
#include <errno.h>

static const char classes[] = "class Plain:\n"
                              "    pass\n"
                              "class Slotted:\n"
                              "    __slots__ = ('x', 'y')\n";

static PyObject *
call_back(PyObject *self, PyObject *argument) {
    (void)self;
    (void)argument;
    return bench_object_share(Py_None);
}

static PyMethodDef callback = {"callback", call_back, METH_O, NULL};

/* For interpreters before 3.9. */
static void *
call_with_nothing(void *class_object) {
    return PyObject_CallObject(class_object, NULL);
}

static int
tell_collector(const char *what) {
    PyObject *collector = PyImport_ImportModule("gc");
    PyObject *result = collector == NULL ? NULL : PyObject_CallMethod(collector, what, NULL);
    int error = result == NULL ? -EIO : 0;

    Py_XDECREF(result);
    Py_XDECREF(collector);
    return error;
}

static void *
share_class(PyObject *globals, const char *name) {
    return bench_object_share(bench_object_made(PyDict_GetItemString(globals, name)));
}

static int
make_classes(struct bench_object_home *home) {
    PyObject *code = Py_CompileString(classes, "gcsweep_bench", Py_file_input);
    PyObject *globals = PyDict_New(), *result = NULL;

    if (code != NULL && globals != NULL &&
        PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) == 0 &&
        PyDict_SetItemString(globals, "__name__", home->names[0]) == 0)
        result = PyEval_EvalCode(code, globals, globals);
    if (result != NULL) {
        home->plain = share_class(globals, "Plain");
        home->slotted = share_class(globals, "Slotted");
    }
    Py_XDECREF(code);
    Py_XDECREF(globals);
    Py_XDECREF(result);
    return result == NULL ? -EIO : 0;
}

static int
begin(const struct bench_micro *micro, struct bench_object_home *ret_home) {
    (void)micro;
    *(void **)&ret_home->call = dlsym(RTLD_DEFAULT, "PyObject_CallNoArgs");
    if (ret_home->call == NULL)
        ret_home->call = call_with_nothing;
    ret_home->none = Py_None;
    ret_home->names[0] = bench_object_interned(ret_home, "x");
    ret_home->names[1] = bench_object_interned(ret_home, "y");
    ret_home->callback = bench_object_made(PyCFunction_NewEx(&callback, NULL, NULL));
    for (size_t i = 0; i < BENCH_OBJECT_VALUES; i++)
        ret_home->values[i] = bench_object_int(ret_home, 100000 + i);
    if (tell_collector("disable") < 0 || make_classes(ret_home) < 0) {
        PyErr_Print();
        return -EIO;
    }
    return 0;
}

static void
end(struct bench_object_home *home) {
    Py_XDECREF(home->plain);
    Py_XDECREF(home->slotted);
    Py_XDECREF(home->callback);
    for (size_t i = 0; i < BENCH_OBJECT_NAMES; i++)
        Py_XDECREF(home->names[i]);
    for (size_t i = 0; i < BENCH_OBJECT_VALUES; i++)
        Py_XDECREF(home->values[i]);
    /* A class is in a cycle with itself. */
    if (tell_collector("collect") < 0)
        PyErr_Clear();
}

static const struct bench_object_row *const families[] = {
    BENCH_OBJECT_ROWS(life), BENCH_OBJECT_ROWS(attr), BENCH_OBJECT_ROWS(list),
    BENCH_OBJECT_ROWS(dict), BENCH_OBJECT_ROWS(weak), NULL};

const struct bench_object_engine bench_object_engine_cpython = {BENCH_SUBJECT_CPYTHON, begin, end,
                                                                families};

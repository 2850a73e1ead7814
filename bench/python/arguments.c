/* SPDX-License-Identifier: MIT
 *
 * arguments.c: a Python list of strings as a C program's arguments. See arguments.h.
 */
#include "bench/python/arguments.h"

#include <stdlib.h>

int
bench_python_arguments_init(struct bench_python_arguments *arguments, PyObject *list) {
    Py_ssize_t count = PyList_Size(list);

    *arguments = (struct bench_python_arguments){.argc = (int)count};
    if (count >= 0)
        arguments->argv = calloc((size_t)count + 1, sizeof *arguments->argv);
    if (arguments->argv != NULL)
        arguments->texts = PyList_New(0);
    for (Py_ssize_t i = 0; arguments->argv != NULL && arguments->texts != NULL && i < count; i++) {
        PyObject *text = PyUnicode_EncodeFSDefault(PyList_GetItem(list, i));
        if (text == NULL || PyList_Append(arguments->texts, text) < 0)
            Py_CLEAR(arguments->texts);
        else
            arguments->argv[i] = PyBytes_AsString(text);
        Py_XDECREF(text);
    }
    if (arguments->texts != NULL)
        return 0;
    if (!PyErr_Occurred())
        PyErr_NoMemory();
    bench_python_arguments_fini(arguments);
    return -1;
}

void
bench_python_arguments_fini(struct bench_python_arguments *arguments) {
    Py_CLEAR(arguments->texts);
    free(arguments->argv);
    arguments->argv = NULL;
}

/* SPDX-License-Identifier: MIT
 *
 * engine_cpython.c: CPython as an engine: beginning and end, and the words that are more than one call.
 *
 * What is true:
 *   - A C function that Python calls finds the heap in what it is bound to: `call` in its self, a generator in
 *     itself, a finalizer in its class.
 *   - Whatever is made for the engine itself is made before en_settle, and frozen there.
 *   - Functions are Python functions. Their code calls `call(number, ...)`, and the number says which
 *     en_code is meant: so they have a function's size, and calling them makes no object that Python
 *     would not make.
 *   - A class with a finalizer has a method descriptor as its __del__, which the interpreter calls without
 *     making a bound method. What it is to do stands in the class's attribute ROW, inherited like __del__.
 */
#include "workloads/engine.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <structmember.h>

#include "workloads/engine_cpython_heap.h"

struct en_class_row {
    struct en_heap *heap;
    struct en_class_row *next;
    PyObject *class_object;
    en_finalizer_fn fn;
    void *data;
    char name[];
};

#define ROW "__gcsweep_row__"

/* ---- Failures ----------------------------------------------------------------------------------- */

int
en_cpython_error(struct en_heap *heap) {
    PyObject *raised = PyErr_Occurred(); /* borrowed */
    const struct {
        PyObject *exception;
        int error;
    } rows[] = {
        {PyExc_MemoryError, ENOMEM},    {PyExc_LookupError, ENOENT},
        {PyExc_AttributeError, ENOENT}, {PyExc_TypeError, EINVAL},
        {PyExc_OverflowError, ERANGE},  {PyExc_ValueError, ERANGE},
        {PyExc_RecursionError, ELOOP},  {PyExc_StopIteration, ENOENT},
    };
    int error = raised == NULL ? ENOENT : EINVAL;

    if (heap->error != 0)
        error = heap->error;
    for (size_t i = 0; raised != NULL && heap->error == 0 && i < sizeof rows / sizeof rows[0];
         i++) {
        if (PyErr_GivenExceptionMatches(raised, rows[i].exception)) {
            error = rows[i].error;
            break;
        }
    }
    heap->error = 0;
    PyErr_Clear();
    return error;
}

int64_t
en_cpython_integer(struct en_heap *heap, PyObject *result) {
    int64_t value = result == NULL ? -1 : PyLong_AsLongLong(result);

    (void)heap;
    Py_XDECREF(result);
    return value;
}

/* ---- Any object --------------------------------------------------------------------------------- */

static bool
is_a(PyObject *object, PyObject *maker) {
    return (PyObject *)Py_TYPE(object) == maker;
}

static enum rt_kind
kind_of_rare(struct en_heap *heap, PyObject *object) {
    if (object == Py_None)
        return RT_KIND_NONE;
    if (PyBool_Check(object))
        return RT_KIND_BOOL;
    if (is_a(object, (PyObject *)Py_TYPE(heap->calls.zero_d)))
        return RT_KIND_ARRAY;
    if (is_a(object, (PyObject *)heap->generator_type))
        return RT_KIND_GENERATOR;
    if (is_a(object, heap->calls.FunctionType))
        return RT_KIND_FUNCTION;
    if (is_a(object, heap->calls.MethodType))
        return RT_KIND_METHOD;
    if (is_a(object, heap->calls.CellType))
        return RT_KIND_CELL;
    if (is_a(object, heap->calls.WeakSet))
        return RT_KIND_WEAK_SET;
    if (is_a(object, heap->calls.WeakValueDictionary))
        return RT_KIND_WEAK_DICT;
    if (PyType_Check(object))
        return RT_KIND_CLASS;
    return PyWeakref_CheckRef(object) ? RT_KIND_WEAKREF : RT_KIND_INSTANCE;
}

enum rt_kind
en_cpython_kind(struct en_heap *heap, PyObject *object) {
    if (PyList_CheckExact(object))
        return RT_KIND_LIST;
    if (PyDict_CheckExact(object))
        return RT_KIND_DICT;
    if (PyTuple_CheckExact(object))
        return RT_KIND_TUPLE;
    if (PyLong_CheckExact(object))
        return RT_KIND_INT;
    if (PyFloat_CheckExact(object))
        return RT_KIND_FLOAT;
    if (PyUnicode_CheckExact(object))
        return RT_KIND_STR;
    if (PyBytes_CheckExact(object))
        return RT_KIND_BYTES;
    if (PyAnySet_CheckExact(object))
        return RT_KIND_SET;
    return kind_of_rare(heap, object);
}

/* Of an instance its class's, and of everything else what rt_kind_name says. */
const char *
en_cpython_type_name(struct en_heap *heap, PyObject *object) {
    enum rt_kind kind = en_cpython_kind(heap, object);

    for (const struct en_class_row *row = heap->classes; row != NULL; row = row->next)
        if (kind == RT_KIND_INSTANCE && is_a(object, row->class_object))
            return row->name;
    return rt_kind_name(kind);
}

/* As sys.getsizeof(), which would make a tuple and a bound method on the way: the type's own function is called, since
 * a method's attributes are its function's. */
int64_t
en_cpython_sizeof(struct en_heap *heap, PyObject *object) {
    unsigned long flags = PyType_GetFlags(Py_TYPE(object));
    PyObject *function = PyObject_GetAttr((PyObject *)Py_TYPE(object), heap->names.__sizeof__);
    int64_t bytes =
        function == NULL
            ? -1
            : en_cpython_integer(heap, PyObject_CallFunctionObjArgs(function, object, NULL));

    Py_XDECREF(function);
    if (bytes >= 0 && (flags & Py_TPFLAGS_HAVE_GC) != 0)
        bytes += EN_HEAD_BYTES;
    if (bytes >= 0 && heap->version >= 0x030b0000 && (flags & EN_FLAGS_BEFORE_HEAD) != 0)
        bytes += EN_HEAD_BYTES;
    return bytes;
}

PyObject *
en_cpython_int_power(struct en_heap *heap, unsigned bits) {
    PyObject *one = PyLong_FromLong(1), *shift = PyLong_FromLong((long)bits);
    PyObject *power = one == NULL || shift == NULL ? NULL : PyNumber_Lshift(one, shift);

    (void)heap;
    Py_XDECREF(one);
    Py_XDECREF(shift);
    return power;
}

int
en_cpython_attr_has(struct en_heap *heap, PyObject *instance, PyObject *name) {
    PyObject *value =
        PyObject_CallFunctionObjArgs(heap->calls.getattr, instance, name, heap->globals, NULL);
    bool is_there = value != heap->globals;

    Py_XDECREF(value);
    return value == NULL ? -1 : is_there;
}

PyObject *
en_cpython_weakref_get(struct en_heap *heap, PyObject *weakref) {
    PyObject *referent;

    if (heap->weakref_get != NULL) {
        referent = heap->weakref_get(weakref);
    } else {
        referent = heap->call(weakref);
        Py_XDECREF(referent); /* somebody has one, or it would be None */
    }
    return referent == Py_None ? NULL : referent;
}

/* ---- Functions ---------------------------------------------------------------------------------- */

/* Python's side of a function: call(number, arguments...). */
static PyObject *
run_code(struct en_heap *heap, PyObject *const *args, Py_ssize_t count) {
    long number = count < 1 ? -1 : PyLong_AsLong(args[0]);
    const struct en_code *code;
    PyObject *result;

    if (number < 0 || (size_t)number >= heap->code_count || heap->codes[number] == NULL) {
        PyErr_SetString(PyExc_SystemError, "the code of this function is gone");
        return NULL;
    }
    code = heap->codes[number];
    result =
        code->fn(heap, (struct en_self *)(void *)heap->codes[number], args + 1, (size_t)count - 1);
    if (result == NULL && !PyErr_Occurred())
        PyErr_SetNone(PyExc_ValueError);
    return result;
}

#if EN_FAST
static PyObject *
call_code(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    return run_code(PyCapsule_GetPointer(self, NULL), args, count);
}

static PyMethodDef call_method = {"call", (PyCFunction)(void (*)(void))call_code, METH_FASTCALL,
                                  NULL};
#else
static PyObject *
call_code(PyObject *self, PyObject *tuple) {
    PyObject *args[EN_CODE_ARITY_MAX + 1];
    Py_ssize_t count = PyTuple_Size(tuple);

    for (Py_ssize_t i = 0; i < count && i <= EN_CODE_ARITY_MAX; i++)
        args[i] = PyTuple_GetItem(tuple, i);
    return run_code(PyCapsule_GetPointer(self, NULL), args, count > EN_CODE_ARITY_MAX ? 0 : count);
}

static PyMethodDef call_method = {"call", call_code, METH_VARARGS, NULL};
#endif

int
en_cpython_code_init(struct en_heap *heap, struct en_code *code, en_call_fn fn, void *data,
                     int arity) {
    struct en_code **codes = realloc(heap->codes, (heap->code_count + 1) * sizeof(*codes));
    PyObject *made;

    if (codes == NULL)
        return -1;
    heap->codes = codes;
    made = PyObject_CallFunction(heap->calls.make_code, "ni", (Py_ssize_t)heap->code_count, arity);
    if (made == NULL)
        return -1;
    *code = (struct en_code){fn, data, arity, made};
    heap->codes[heap->code_count++] = code;
    return 0;
}

void
en_cpython_code_fini(struct en_heap *heap, struct en_code *code) {
    for (size_t i = 0; i < heap->code_count; i++)
        if (heap->codes[i] == code)
            heap->codes[i] = NULL;
    Py_CLEAR(code->object);
}

#if EN_FAST
PyObject *
en_cpython_function_new(struct en_heap *heap, const struct en_code *code, PyObject *cells) {
    PyObject *function = PyFunction_New(code->object, heap->globals);

    if (function != NULL && cells != NULL && PyFunction_SetClosure(function, cells) != 0)
        Py_CLEAR(function);
    return function;
}

PyObject *
en_cpython_call(struct en_heap *heap, PyObject *callable, PyObject *const *args, size_t count) {
    (void)heap;
    return PyObject_Vectorcall(callable, args, count, NULL);
}
#else
/* A function has as many cells as its code has free names, which is none: they are kept as an attribute. */
PyObject *
en_cpython_function_new(struct en_heap *heap, const struct en_code *code, PyObject *cells) {
    PyObject *function =
        PyObject_CallFunctionObjArgs(heap->calls.FunctionType, code->object, heap->globals, NULL);

    if (function != NULL && cells != NULL &&
        PyObject_SetAttr(function, heap->names.cell_contents, cells) != 0)
        Py_CLEAR(function);
    return function;
}

PyObject *
en_cpython_call(struct en_heap *heap, PyObject *callable, PyObject *const *args, size_t count) {
    if (count == 0)
        return heap->call(callable);
    return count == 1 ? PyObject_CallFunctionObjArgs(callable, args[0], NULL)
                      : PyObject_CallFunctionObjArgs(callable, args[0], args[1], NULL);
}
#endif

/* ---- Classes ------------------------------------------------------------------------------------ */

static const struct en_class_row *
find_row(PyObject *class_object) {
    PyObject *capsule = PyObject_GetAttrString(class_object, ROW);
    const struct en_class_row *row = capsule == NULL ? NULL : PyCapsule_GetPointer(capsule, ROW);

    Py_XDECREF(capsule); /* the class has one */
    return row;
}

static PyObject *
run_finalizer(PyObject *self, PyObject *nothing) {
    const struct en_class_row *row = find_row((PyObject *)Py_TYPE(self));

    (void)nothing;
    if (row == NULL)
        return NULL;
    if (row->fn != NULL)
        row->fn(row->heap, self, row->data);
    Py_INCREF(Py_None);
    return Py_None;
}

static PyMethodDef finalizer_method = {"__del__", run_finalizer, METH_NOARGS, NULL};

static PyObject *
make_slots(const struct en_class_spec *spec) {
    size_t count = spec->slot_count + spec->has_dict + spec->has_weakref, at = spec->slot_count;
    PyObject *slots = PyTuple_New((Py_ssize_t)count);

    for (size_t i = 0; slots != NULL && i < spec->slot_count; i++)
        (void)PyTuple_SetItem(slots, (Py_ssize_t)i, PyUnicode_InternFromString(spec->slots[i]));
    if (slots != NULL && spec->has_dict)
        (void)PyTuple_SetItem(slots, (Py_ssize_t)at++, PyUnicode_InternFromString("__dict__"));
    if (slots != NULL && spec->has_weakref)
        (void)PyTuple_SetItem(slots, (Py_ssize_t)at, PyUnicode_InternFromString("__weakref__"));
    return slots;
}

static PyObject *
make_body(const struct en_heap *heap, const struct en_class_spec *spec) {
    PyObject *body = Py_BuildValue("{s:s}", "__module__", "gcsweep");
    PyObject *slots = spec->slots == NULL || body == NULL ? NULL : make_slots(spec);

    if (body != NULL && spec->slots != NULL &&
        (slots == NULL || PyDict_SetItemString(body, "__slots__", slots) != 0))
        Py_CLEAR(body);
    if (body != NULL && spec->finalizer != NULL &&
        PyDict_SetItemString(body, "__del__", heap->finalizer) != 0)
        Py_CLEAR(body);
    Py_XDECREF(slots);
    return body;
}

static void
free_row(PyObject *capsule) {
    free(PyCapsule_GetPointer(capsule, ROW));
}

/* A class without a finalizer of its own runs its base's. Takes over the class. */
static PyObject *
note_class(struct en_heap *heap, PyObject *class_object, const struct en_class_spec *spec) {
    size_t name_bytes = strlen(spec->name) + 1;
    struct en_class_row *row = malloc(sizeof *row + name_bytes);
    const struct en_class_row *base =
        spec->base == NULL || spec->finalizer != NULL ? NULL : find_row(spec->base);
    PyObject *capsule = row == NULL ? NULL : PyCapsule_New(row, ROW, free_row);

    if (capsule == NULL || PyObject_SetAttrString(class_object, ROW, capsule) != 0) {
        if (capsule == NULL)
            free(row);
        Py_XDECREF(capsule);
        Py_DECREF(class_object);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    Py_DECREF(capsule);
    Py_INCREF(class_object); /* the list's */
    *row = (struct en_class_row){heap, heap->classes, class_object, spec->finalizer,
                                 spec->finalizer_data};
    if (base != NULL) {
        row->fn = base->fn;
        row->data = base->data;
    }
    memcpy(row->name, spec->name, name_bytes);
    heap->classes = row;
    return class_object;
}

PyObject *
en_cpython_class_new(struct en_heap *heap, const struct en_class_spec *spec) {
    PyObject *body = make_body(heap, spec);
    PyObject *made = NULL;

    if (body != NULL)
        made = spec->base == NULL
                   ? PyObject_CallFunction((PyObject *)&PyType_Type, "s()O", spec->name, body)
                   : PyObject_CallFunction((PyObject *)&PyType_Type, "s(O)O", spec->name,
                                           spec->base, body);
    Py_XDECREF(body);
    return made == NULL ? NULL : note_class(heap, made, spec);
}

/* ---- Generators --------------------------------------------------------------------------------- */

PyObject **
en_cpython_generator_slots(PyObject *generator) {
    return (PyObject **)((char *)generator + EN_GENERATOR_BYTES);
}

static int
traverse_generator(PyObject *self, visitproc visit, void *arg) {
    PyObject **slots = en_cpython_generator_slots(self);

    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++)
        Py_VISIT(slots[i]);
    return 0;
}

static int
clear_generator(PyObject *self) {
    PyObject **slots = en_cpython_generator_slots(self);

    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++)
        Py_CLEAR(slots[i]);
    return 0;
}

/* What closing a generator does: it ends, and its variables go. */
static void
finalize_generator(PyObject *self) {
    ((struct en_generator *)self)->resume = NULL;
    (void)clear_generator(self);
}

/* Its variables may make the collector run, in whose lists nothing without references must be. */
static void
take_apart_generator(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);

    PyObject_ClearWeakRefs(self);
    finalize_generator(self);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

/* The brake on chains of them is no part of the stable ABI. */
static void
drop_generator(PyObject *self) {
    PyObject_GC_UnTrack(self);
#if EN_FAST
    Py_TRASHCAN_BEGIN(self, drop_generator);
    take_apart_generator(self);
    Py_TRASHCAN_END;
#else
    take_apart_generator(self);
#endif
}

static PyObject *
next_of_generator(PyObject *object) {
    struct en_generator *self = (struct en_generator *)object;
    PyObject *item;

    if (self->resume == NULL || self->is_running)
        return NULL;
    self->is_running = true;
    item = self->resume(self->heap, object, self->data);
    self->is_running = false;
    if (item == NULL)
        finalize_generator(object);
    return item;
}

static PyObject *
share_self(PyObject *self) {
    Py_INCREF(self);
    return self;
}

static int
make_generator_type(struct en_heap *heap) {
    static PyMemberDef members[] = {
        {"__weaklistoffset__", T_PYSSIZET, offsetof(struct en_generator, weakrefs), READONLY, NULL},
        {NULL, 0, 0, 0, NULL},
    };
    PyType_Slot slots[] = {
        {Py_tp_traverse, (void *)traverse_generator},
        {Py_tp_clear, (void *)clear_generator},
        {Py_tp_finalize, (void *)finalize_generator},
        {Py_tp_dealloc, (void *)drop_generator},
        {Py_tp_iternext, (void *)next_of_generator},
        {Py_tp_iter, (void *)share_self},
        {Py_tp_members, members},
        {0, NULL},
    };
    PyType_Spec spec = {"gcsweep.generator", EN_GENERATOR_BYTES, sizeof(PyObject *),
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

    heap->generator_type = (PyTypeObject *)PyType_FromSpec(&spec);
    return heap->generator_type == NULL ? -1 : 0;
}

PyObject *
en_cpython_generator_new(struct en_heap *heap, en_resume_fn resume, void *data, size_t slots) {
    PyObject *object = PyType_GenericAlloc(heap->generator_type, (Py_ssize_t)slots);
    struct en_generator *self = (struct en_generator *)object;

    if (object == NULL)
        return NULL;
    self->heap = heap;
    self->resume = resume;
    self->data = data;
    return object;
}

/* ---- Beginning and end -------------------------------------------------------------------------- */

static const char prelude[] =
    "from gc import *\n"
    "from types import FunctionType, MethodType, CellType\n"
    "from weakref import WeakSet, WeakValueDictionary, getweakrefcount\n"
    "from array import array\n"
    "zero_i, zero_q, zero_d = (array(code, [0]) for code in 'iqd')\n"
    "def make_code(number, arity):\n"
    "    names = ', '.join('ab'[:arity])\n"
    "    return eval('lambda %s: call(%d, %s)' % (names, number, names)).__code__\n";

static int
find_calls(struct en_heap *heap, PyObject *globals) {
#define EN_FIND(name)                                                                              \
    heap->calls.name = PyDict_GetItemString(globals, #name);                                       \
    if (heap->calls.name == NULL)                                                                  \
        return -1;                                                                                 \
    Py_INCREF(heap->calls.name);
    EN_CALLS(EN_FIND)
#undef EN_FIND
#define EN_FIND(name)                                                                              \
    heap->names.name = PyUnicode_InternFromString(#name);                                          \
    if (heap->names.name == NULL)                                                                  \
        return -1;
    EN_NAMES(EN_FIND)
#undef EN_FIND
    return 0;
}

/* The interpreter has these or it has not; the stable ABI does not promise them. */
static void
find_functions(struct en_heap *heap) {
    *(void **)&heap->call = dlsym(RTLD_DEFAULT, "PyObject_CallNoArgs");
    *(void **)&heap->weakref_get = dlsym(RTLD_DEFAULT, "PyWeakref_GetObject");
    *(void **)&heap->set_next = dlsym(RTLD_DEFAULT, "_PySet_NextEntry");
}

static int
run_prelude(struct en_heap *heap) {
    PyObject *code = Py_CompileString(prelude, "gcsweep", Py_file_input), *result = NULL;
    PyObject *self = PyCapsule_New(heap, NULL, NULL);
    PyObject *call = self == NULL ? NULL : PyCFunction_NewEx(&call_method, self, NULL);

    heap->globals = PyDict_New();
    if (code != NULL && call != NULL && heap->globals != NULL &&
        PyDict_SetItemString(heap->globals, "__builtins__", PyEval_GetBuiltins()) == 0 &&
        PyDict_SetItemString(heap->globals, "call", call) == 0 &&
        PyDict_SetItemString(heap->globals, "getattr",
                             PyDict_GetItemString(PyEval_GetBuiltins(), "getattr")) == 0)
        result = PyEval_EvalCode(code, heap->globals, heap->globals);
    Py_XDECREF(code);
    Py_XDECREF(self);
    Py_XDECREF(call);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

int
en_cpython_open(struct en_heap **ret_heap) {
    struct en_heap *heap = calloc(1, sizeof *heap);

    if (heap == NULL)
        return -ENOMEM;
    find_functions(heap);
    heap->version = en_cpython_version();
    heap->has_safe_points = heap->version >= 0x030c0000;
    heap->finalizer = PyDescr_NewMethod(&PyBaseObject_Type, &finalizer_method);
    if (heap->call == NULL || heap->set_next == NULL || heap->finalizer == NULL ||
        make_generator_type(heap) != 0 || run_prelude(heap) != 0 ||
        find_calls(heap, heap->globals) != 0) {
        if (PyErr_Occurred())
            PyErr_Print();
        en_cpython_close(heap);
        return -ENOSYS;
    }
    *ret_heap = heap;
    return 0;
}

/* The interpreter may keep a class longer than this, whose instances then end without a word. */
static void
drop_classes(struct en_heap *heap) {
    struct en_class_row *next;

    for (struct en_class_row *row = heap->classes; row != NULL; row = next) {
        next = row->next;
        row->fn = NULL;
        Py_DECREF(row->class_object);
    }
}

void
en_cpython_close(struct en_heap *heap) {
#define EN_DROP(name) Py_CLEAR(heap->calls.name);
    EN_CALLS(EN_DROP)
#undef EN_DROP
#define EN_DROP(name) Py_CLEAR(heap->names.name);
    EN_NAMES(EN_DROP)
#undef EN_DROP
    drop_classes(heap);
    Py_CLEAR(heap->kept);
    Py_CLEAR(heap->generator_type);
    Py_CLEAR(heap->finalizer);
    Py_CLEAR(heap->globals);
    free(heap->codes);
    free(heap);
}

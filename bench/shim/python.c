/* SPDX-License-Identifier: MIT
 *
 * python.c: the extension module gcsweep_record, which notes in a raw file (raw.h) what the interpreter that
 * loads it asks of its allocator, which of that are containers, and what these refer to.
 *
 * It has nothing but public means: allocator hooks, gc.callbacks, gc.get_objects and the types' own traversal.
 *   - A container that dies is known by its block: where an object's head would be there is a count of zero
 *     and one of the types that are known. `types` has all that there were at the beginning, and those that
 *     were met later.
 *   - Before each collection all objects that it will examine are looked at, so that the references of what it
 *     will find to be trash are known; and all objects of all generations after so many allocations.
 *
 * Everything runs under the interpreter's lock. What this module itself asks for is not noted (`muted`).
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string.h>

#include "bench/shim/raw.h"

enum {
    DOMAIN_MEM = 1,
    DOMAIN_OBJECT = 2,
    DOMAINS,
    HEAD_BYTES = 16,   /* of a collected object, before it */
    BEFORE_BYTES = 16, /* more before that, of types with a managed dict */
    MANAGED_DICT = 1 << 4,
    MANAGED_WEAKREF = 1 << 3,
    PAGE_BYTES = 4096,
    SLOTS_AT_FIRST = 1 << 12,
};

/* As the documentation has it; it is in no header of the stable ABI. */
struct allocator {
    void *ctx;
    void *(*malloc)(void *ctx, size_t size);
    void *(*calloc)(void *ctx, size_t count, size_t size);
    void *(*realloc)(void *ctx, void *block, size_t size);
    void (*free)(void *ctx, void *block);
};

void PyMem_GetAllocator(int domain, struct allocator *ret_allocator);
void PyMem_SetAllocator(int domain, struct allocator *allocator);
PyMODINIT_FUNC PyInit_gcsweep_record(void);

struct type {
    PyTypeObject *type; /* NULL: nobody's place */
    traverseproc traverse;
    size_t before; /* bytes of a block before the object; 0: it is not collected */
};

static struct {
    struct bench_raw_writer writer;
    struct allocator next[DOMAINS];
    struct type *types; /* open addressing, at most half full */
    size_t type_capacity, type_count;
    PyObject *gc;
    unsigned muted;
    bool is_pending;
    uint64_t every, until_look; /* allocations */
    uint64_t looked;            /* objects, the last time */
} recorder;

/* ---- Types -------------------------------------------------------------------------------------- */

static size_t
home_of(const void *type) {
    return (size_t)(((uintptr_t)type >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 24) &
           (recorder.type_capacity - 1);
}

static inline const struct type *
find_type(const void *type) {
    for (size_t at = home_of(type);; at = (at + 1) & (recorder.type_capacity - 1)) {
        const struct type *found = &recorder.types[at];
        if (found->type == type)
            return found;
        if (found->type == NULL)
            return NULL;
    }
}

static void
place_type(const struct type *type) {
    size_t at = home_of(type->type);

    while (recorder.types[at].type != NULL)
        at = (at + 1) & (recorder.type_capacity - 1);
    recorder.types[at] = *type;
}

static bool
grow_types(void) {
    size_t before = recorder.type_capacity;
    struct type *types = recorder.types;

    recorder.type_capacity = before == 0 ? SLOTS_AT_FIRST : before * 2;
    recorder.types = calloc(recorder.type_capacity, sizeof *types);
    if (recorder.types == NULL) {
        recorder.types = types;
        recorder.type_capacity = before;
        return false;
    }
    for (size_t i = 0; i < before; i++)
        if (types[i].type != NULL)
            place_type(&types[i]);
    free(types);
    return true;
}

static void
note_type_name(PyTypeObject *type) {
    PyObject *name = PyObject_GetAttrString((PyObject *)type, "__name__"), *text = NULL;

    if (name != NULL)
        text = PyUnicode_AsEncodedString(name, "utf-8", "replace");
    bench_raw_put_text(&recorder.writer, BENCH_RAW_TYPE, type,
                       text == NULL ? "?" : PyBytes_AsString(text));
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(name);
}

/* Known already, or made known; NULL: out of memory. */
static const struct type *
learn_type(PyTypeObject *type) {
    unsigned long flags = PyType_GetFlags(type), before_flags = 0;
    const struct type *known = recorder.type_capacity == 0 ? NULL : find_type(type);
    struct type learned = {.type = type};

    if (known != NULL)
        return known;
    if (recorder.type_count * 2 >= recorder.type_capacity && !grow_types())
        return NULL;
    if (recorder.writer.head->version >= 0x030c0000)
        before_flags = MANAGED_DICT | MANAGED_WEAKREF;
    else if (recorder.writer.head->version >= 0x030b0000)
        before_flags = MANAGED_DICT;
    if ((flags & Py_TPFLAGS_HAVE_GC) != 0) {
        learned.before = HEAD_BYTES + ((flags & before_flags) != 0 ? BEFORE_BYTES : 0);
        learned.traverse = (traverseproc)PyType_GetSlot(type, Py_tp_traverse);
        note_type_name(type);
    }
    place_type(&learned);
    recorder.type_count++;
    return find_type(type);
}

/* The type and all that derive from it. False: an exception is set. */
static bool
learn_family(PyObject *type) {
    PyObject *children;
    bool is_done = true;

    if (recorder.type_capacity != 0 && find_type(type) != NULL)
        return true;
    if (learn_type((PyTypeObject *)type) == NULL)
        return false;
    children = PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", type);
    if (children == NULL)
        return false;
    for (Py_ssize_t i = 0; is_done && i < PyList_Size(children); i++)
        is_done = learn_family(PyList_GetItem(children, i));
    Py_DECREF(children);
    return is_done;
}

/* ---- Looking at objects ------------------------------------------------------------------------- */

static int
note_reference(PyObject *child, void *context) {
    PyTypeObject *type = Py_TYPE(child);
    const struct type *known = find_type(type);

    (void)context;
    if (known == NULL)
        known = learn_type(type);
    if (known != NULL && known->before != 0)
        bench_raw_put(&recorder.writer,
                      bench_raw_first(BENCH_RAW_REFERENCE, 0, (char *)child - known->before), 0);
    return 0;
}

static void
note_object(PyObject *object) {
    const struct type *type = learn_type(Py_TYPE(object));

    if (type == NULL || type->before == 0)
        return;
    if (PyType_Check(object))
        learn_type((PyTypeObject *)object);
    bench_raw_put(&recorder.writer,
                  bench_raw_first(BENCH_RAW_OBJECT, 0, (char *)object - type->before),
                  (uintptr_t)type->type);
    if (type->traverse != NULL)
        type->traverse(object, note_reference, NULL);
}

/* A failure leaves a look that is not whole, and no exception. */
static void
look(long generation) {
    PyObject *type, *value, *traceback;

    if (!bench_raw_is_on(&recorder.writer))
        return;
    PyErr_Fetch(&type, &value, &traceback);
    recorder.muted++;
    recorder.looked = 0;
    for (long i = 0; i <= generation; i++) {
        PyObject *objects = PyObject_CallMethod(recorder.gc, "get_objects", "l", i);
        Py_ssize_t count = objects == NULL ? 0 : PyList_Size(objects);
        for (Py_ssize_t at = 0; at < count; at++)
            note_object(PyList_GetItem(objects, at));
        recorder.looked += (uint64_t)count;
        Py_XDECREF(objects);
        PyErr_Clear();
    }
    bench_raw_put(&recorder.writer, bench_raw_first(BENCH_RAW_LOOKED, 0, NULL),
                  (uint64_t)generation);
    recorder.muted--;
    PyErr_Restore(type, value, traceback);
}

/* At a moment at which the interpreter may run anything. Large heaps are looked at less often, so that looking
 * stays a part of the program's work. */
static int
look_at_all(void *context) {
    (void)context;
    look(2);
    recorder.until_look =
        recorder.looked * 8 > recorder.every ? recorder.looked * 8 : recorder.every;
    recorder.is_pending = false;
    return 0;
}

/* ---- Hooks -------------------------------------------------------------------------------------- */

static inline void *
note_alloc(void *block, size_t size) {
    if (block == NULL || recorder.muted != 0 || !bench_raw_is_on(&recorder.writer))
        return block;
    bench_raw_put(&recorder.writer, bench_raw_first(BENCH_RAW_ALLOC, 0, block), size);
    if (recorder.every != 0 && recorder.until_look-- == 0) {
        recorder.until_look = recorder.every;
        if (!recorder.is_pending)
            recorder.is_pending = Py_AddPendingCall(look_at_all, NULL) == 0;
    }
    return block;
}

static void *
hook_malloc(void *ctx, size_t size) {
    const struct allocator *next = ctx;

    return note_alloc(next->malloc(next->ctx, size), size);
}

static void *
hook_calloc(void *ctx, size_t count, size_t size) {
    const struct allocator *next = ctx;

    return note_alloc(next->calloc(next->ctx, count, size), count * size);
}

/* The type of the dead container in this block, or NULL. Only what is in the block's first page is read: a small
 * block may be the last that is mapped. */
static const void *
guess_type(const char *block) {
    size_t room = PAGE_BYTES - ((uintptr_t)block & (PAGE_BYTES - 1));

    for (size_t before = HEAD_BYTES; before <= HEAD_BYTES + BEFORE_BYTES; before += BEFORE_BYTES) {
        const struct type *known;
        uint32_t count;
        void *type;
        if (before + 2 * sizeof(void *) > room)
            return NULL;
        memcpy(&count, block + before, sizeof count);
        if (count != 0)
            continue;
        memcpy(&type, block + before + sizeof(void *), sizeof type);
        known = type == NULL ? NULL : find_type(type);
        if (known != NULL && known->before == before)
            return type;
    }
    return NULL;
}

static void
hook_free(void *ctx, void *block) {
    const struct allocator *next = ctx;

    if (block != NULL && bench_raw_is_on(&recorder.writer))
        bench_raw_put(&recorder.writer, bench_raw_first(BENCH_RAW_FREE, 0, block),
                      (uintptr_t)guess_type(block));
    next->free(next->ctx, block);
}

static void *
hook_realloc(void *ctx, void *block, size_t size) {
    const struct allocator *next = ctx;
    void *moved;

    if (block == NULL)
        return note_alloc(next->realloc(next->ctx, NULL, size), size);
    if (!bench_raw_is_on(&recorder.writer))
        return next->realloc(next->ctx, block, size);
    bench_raw_put(&recorder.writer, bench_raw_first(BENCH_RAW_RESIZE_BEGIN, 0, block), 0);
    moved = next->realloc(next->ctx, block, size);
    bench_raw_put(&recorder.writer, bench_raw_first(BENCH_RAW_RESIZE_END, 0, moved), size);
    return moved;
}

/* ---- The module --------------------------------------------------------------------------------- */

/* In gc.callbacks. */
static PyObject *
on_collection(PyObject *self, PyObject *args) {
    const char *phase;
    PyObject *info, *number;
    long generation = 2;
    bool begins;

    (void)self;
    if (!PyArg_ParseTuple(args, "sO", &phase, &info))
        return NULL;
    number = PyMapping_GetItemString(info, "generation");
    if (number != NULL)
        generation = PyLong_AsLong(number);
    Py_XDECREF(number);
    begins = strcmp(phase, "start") == 0;
    if (begins)
        look(generation);
    if (bench_raw_is_on(&recorder.writer))
        bench_raw_put(&recorder.writer,
                      bench_raw_first(BENCH_RAW_COLLECTION, 0, (void *)(uintptr_t)begins),
                      (uint64_t)generation);
    return Py_NewRef(Py_None);
}

static PyObject *
mark(PyObject *self, PyObject *text) {
    PyObject *bytes = PyUnicode_AsUTF8String(text);

    (void)self;
    if (bytes == NULL)
        return NULL;
    if (bench_raw_is_on(&recorder.writer))
        bench_raw_put_text(&recorder.writer, BENCH_RAW_MARK, NULL, PyBytes_AsString(bytes));
    Py_DECREF(bytes);
    return Py_NewRef(Py_None);
}

static bool
listen_to_collector(PyObject *module) {
    PyObject *callback = PyObject_GetAttrString(module, "_on_collection"), *list = NULL;
    bool is_done;

    recorder.gc = PyImport_ImportModule("gc");
    if (recorder.gc != NULL)
        list = PyObject_GetAttrString(recorder.gc, "callbacks");
    is_done = callback != NULL && list != NULL && PyList_Append(list, callback) == 0;
    Py_XDECREF(list);
    Py_XDECREF(callback);
    return is_done;
}

static void
install_hooks(void) {
    for (int domain = DOMAIN_MEM; domain < DOMAINS; domain++) {
        struct allocator hooks = {&recorder.next[domain], hook_malloc, hook_calloc, hook_realloc,
                                  hook_free};
        PyMem_GetAllocator(domain, &recorder.next[domain]);
        PyMem_SetAllocator(domain, &hooks);
    }
}

static PyObject *
begin(PyObject *self, PyObject *every) {
    recorder.every = PyLong_AsUnsignedLong(every);
    if (PyErr_Occurred())
        return NULL;
    if (recorder.gc != NULL || !bench_raw_open(&recorder.writer))
        return PyErr_Format(PyExc_RuntimeError, "gcsweep_record: there is no file to record to");
    recorder.until_look = recorder.every;
    recorder.muted++;
    recorder.writer.head->version =
        PyLong_AsUnsignedLong(PySys_GetObject("hexversion")); /* borrowed */
    if (!learn_family((PyObject *)&PyBaseObject_Type) || !listen_to_collector(self))
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    recorder.muted--;
    install_hooks();
    return Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {
    {"begin", begin, METH_O, "begin(every): records from now on."},
    {"mark", mark, METH_O, "mark(text): a mark in the recording."},
    {"_on_collection", on_collection, METH_VARARGS, "For gc.callbacks."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gcsweep_record",
    .m_doc = "Records what this interpreter asks of its allocator.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_gcsweep_record(void) {
    if (PyLong_AsUnsignedLong(PySys_GetObject("hexversion")) < 0x030a0000)
        return PyErr_Format(PyExc_ImportError, "recording needs Python 3.10 or later");
    return PyModule_Create(&definition);
}

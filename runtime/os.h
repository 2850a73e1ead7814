/* SPDX-License-Identifier: MIT
 *
 * os.h: everything the runtime asks of the operating system, as one table of hooks that a test can
 * replace. Addresses and sizes are multiples of the page unless said otherwise.
 */
#ifndef RUNTIME_OS_H
#define RUNTIME_OS_H

#include <stddef.h>

enum rt_os_advice {
    RT_OS_ADVICE_HUGE,    /* back it with huge pages where possible */
    RT_OS_ADVICE_NO_HUGE, /* never do */
    RT_OS_ADVICE_DISCARD, /* drop the contents; reads as zero when next touched */
    RT_OS_ADVICE_FILL,    /* all of it will be touched at once: back it in one go */
};

struct rt_os {
    void *context; /* handed to every hook */

    /* Address space without memory behind it, aligned as asked (a power of two). NULL: none. */
    void *(*reserve)(void *context, size_t bytes, size_t alignment);
    void (*release)(void *context, void *address, size_t bytes);

    /* Memory for a part of what was reserved: readable, writable, zero. 0 or a negative errno. */
    int (*commit)(void *context, void *address, size_t bytes);
    /* The opposite: the memory is given back, the address space stays reserved. */
    void (*decommit)(void *context, void *address, size_t bytes);

    /* A hint; 0 or a negative errno, and never worse than a hint not taken. */
    int (*advise)(void *context, void *address, size_t bytes, enum rt_os_advice advice);

    /* The system's malloc family, any size. NULL: out of memory. */
    void *(*large_alloc)(void *context, size_t bytes);
    void *(*large_alloc_zeroed)(void *context, size_t bytes);
    void *(*large_realloc)(void *context, void *block, size_t bytes);
    void (*large_free)(void *context, void *block);
    void (*large_trim)(void *context); /* give free memory of the malloc family back */

    /* A line for the person at the terminal (standard error), and the end of the process. */
    void (*complain)(void *context, const char *text, size_t length);
    void (*abort)(void *context);
};

/* The real one. */
const struct rt_os *rt_os_system(void);

/* Bytes in a page of the operating system. */
size_t rt_os_page_bytes(void);

#endif

/* SPDX-License-Identifier: MIT
 *
 * base.h: the only header with macros.
 *
 * Assertions come in two tiers. RT_ASSERT is O(1) and stays in every build but the release one
 * (b_ndebug); rt_verify() is the O(heap) tier and is always there, called by tests.
 */
#ifndef RUNTIME_BASE_H
#define RUNTIME_BASE_H

#if !defined(RT_INTERNAL)
#error "internal to runtime/: include runtime/rt.h instead"
#endif

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sentence is what should hold; it is printed when it does not. */
#define RT_ASSERT(condition, sentence) assert((condition) && (sentence))

#define RT_LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define RT_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define RT_NOINLINE            __attribute__((noinline))
#define RT_COLD                __attribute__((noinline, cold))
#define RT_ALWAYS_INLINE       inline __attribute__((always_inline))
#define RT_ALIGNED(bytes)      __attribute__((aligned(bytes)))

/* In a loop that is short as a rule: the compiler shall not make a call of memset of it, whose wide stores
 * the loads that follow would have to wait for. */
#define RT_KEEP_LOOP() __asm__ volatile("" : : : "memory")

#define RT_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline size_t
rt_align_up(size_t value, size_t power_of_two) {
    return (value + power_of_two - 1) & ~(power_of_two - 1);
}

static inline size_t
rt_align_down(size_t value, size_t power_of_two) {
    return value & ~(power_of_two - 1);
}

static inline bool
rt_is_power_of_two(uint64_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

/* The same value, of which the compiler knows nothing: after a comparison it would otherwise go on with
 * whichever side it likes, and that may be the one that comes late from memory. */
static RT_ALWAYS_INLINE size_t
rt_opaque(size_t value) {
    __asm__("" : "+r"(value));
    return value;
}

static inline unsigned
rt_log2(uint64_t power_of_two) {
    return (unsigned)__builtin_ctzll(power_of_two);
}

#endif

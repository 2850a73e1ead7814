/* SPDX-License-Identifier: MIT
 *
 * ops_verbs.h: the statements of op scripts, one row each: the verb, and what has to stand behind it. Parser,
 * machine and documentation are made from it.
 *
 * In a pattern a letter is something to be read, and becomes one operand:
 *   N name to bind or that is bound   V value   I whole number   F number   T text   A name of an attribute
 *   C class   B block   K code of an array   X the variable of a loop
 * Words and signs stand for themselves. What is in parentheses may be left out, and then its operands are
 * empty; it is there when what follows can begin it. `*`: any number of them, and they come last. Rows of the same verb
 * stand together and are tried in order.
 */
#ifndef WORKLOADS_OPS_VERBS_H
#define WORKLOADS_OPS_VERBS_H

#define OPS_VERBS(X)                                                                               \
    /* making */                                                                                   \
    X(int, "int", "N=I")                                                                           \
    X(float, "float", "N=F")                                                                       \
    X(power, "power", "N=I")                                                                       \
    X(str, "str", "N=T")                                                                           \
    X(bytes, "bytes", "N=T")                                                                       \
    X(tuple, "tuple", "N(=V*)")                                                                    \
    X(list, "list", "N(=V*)")                                                                      \
    X(dict, "dict", "N(=V*)")                                                                      \
    X(set, "set", "N(=V*)")                                                                        \
    X(repeated, "repeated", "N=VI")                                                                \
    X(array, "array", "NKI")                                                                       \
    X(cell, "cell", "N(=V)")                                                                       \
    X(function, "function", "N(runs B)")                                                           \
    X(closure, "closure", "N(runs B)=V*")                                                          \
    X(method, "method", "N=VV")                                                                    \
    X(generator, "generator", "NI(slots I)(runs B)")                                               \
    X(weakref, "weakref", "N=V(runs B)")                                                           \
    X(weakref_call, "weakref", "N=V calls V")                                                      \
    X(weakset, "weakset", "N")                                                                     \
    X(weakdict, "weakdict", "N")                                                                   \
    X(new, "new", "N C")                                                                           \
    X(memory, "memory", "NI")                                                                      \
    X(resize, "resize", "NI")                                                                      \
    /* making out of others */                                                                     \
    X(alias, "alias", "N=V")                                                                       \
    X(copy, "copy", "N=V")                                                                         \
    X(slice, "slice", "N=V[I:I]")                                                                  \
    X(concat, "concat", "N=VV")                                                                    \
    X(sum, "sum", "N=VV")                                                                          \
    X(get, "get", "N=V[V]")                                                                        \
    X(get_attr, "get", "N=V.A")                                                                    \
    X(deref, "deref", "N=V")                                                                       \
    X(next, "next", "N=V")                                                                         \
    X(call, "call", "N=V(V)")                                                                      \
    X(take, "take", "N=V(I)")                                                                      \
    X(items, "items", "N=V")                                                                       \
    X(objects, "objects", "N(I)")                                                                  \
    X(garbage, "garbage", "N")                                                                     \
    X(class_of, "classof", "N=V")                                                                  \
    /* changing */                                                                                 \
    X(item, "item", "V[V]=V")                                                                      \
    X(key, "key", "V[V]=V")                                                                        \
    X(attr, "attr", "V.A=V")                                                                       \
    X(del_attr, "del", "V.A")                                                                      \
    X(del_slice, "del", "V[I:I]")                                                                  \
    X(del, "del", "V[V]")                                                                          \
    X(append, "append", "VV")                                                                      \
    X(grow, "grow", "NV")                                                                          \
    X(intern, "intern", "N")                                                                       \
    X(insert, "insert", "VIV")                                                                     \
    X(extend, "extend", "VV")                                                                      \
    X(update, "update", "VV")                                                                      \
    X(pop, "pop", "V(I)")                                                                          \
    X(clear, "clear", "V")                                                                         \
    X(reverse, "reverse", "V")                                                                     \
    X(add, "add", "VV")                                                                            \
    X(discard, "discard", "VV")                                                                    \
    X(put, "put", "V=V")                                                                           \
    X(drop, "drop", "NN*")                                                                         \
    /* the collector */                                                                            \
    X(gc_collect, "gc collect", "(I)")                                                             \
    X(gc_enable, "gc enable", "")                                                                  \
    X(gc_disable, "gc disable", "")                                                                \
    X(gc_threshold, "gc threshold", "III")                                                         \
    X(gc_freeze, "gc freeze", "")                                                                  \
    X(gc_unfreeze, "gc unfreeze", "")                                                              \
    X(gc_settle, "gc settle", "")                                                                  \
    X(gc_safe, "gc safe", "")                                                                      \
    X(gc_manual, "gc manual", "")                                                                  \
    X(gc_idle, "gc idle", "")                                                                      \
    /* printing */                                                                                 \
    X(print_text, "print text", "T")                                                               \
    X(print_value, "print value", "V")                                                             \
    X(print_type, "print type", "V")                                                               \
    X(print_len, "print len", "V")                                                                 \
    X(print_size, "print size", "V")                                                               \
    X(print_deep, "print deep", "V")                                                               \
    X(print_hash, "print hash", "V")                                                               \
    X(print_refcount, "print refcount", "V")                                                       \
    X(print_tracked, "print tracked", "V")                                                         \
    X(print_finalized, "print finalized", "V")                                                     \
    X(print_alive, "print alive", "V")                                                             \
    X(print_weakrefs, "print weakrefs", "V")                                                       \
    X(print_position, "print position", "V")                                                       \
    X(print_equal, "print equal", "VV")                                                            \
    X(print_same, "print same", "VV")                                                              \
    X(print_contains, "print contains", "VV")                                                      \
    X(print_has, "print has", "V.A")                                                               \
    X(print_bound, "print bound", "N")                                                             \
    X(print_collect, "print collect", "(I)")                                                       \
    X(print_count, "print count", "")                                                              \
    X(print_stats, "print stats", "")                                                              \
    X(print_thresholds, "print thresholds", "")                                                    \
    X(print_enabled, "print enabled", "")                                                          \
    X(print_frozen, "print frozen", "")                                                            \
    X(print_garbage, "print garbage", "")                                                          \
    X(print_objects, "print objects", "(I)")                                                       \
    X(print_live, "print live", "")                                                                \
    /* the rest of the grammar */                                                                  \
    X(return, "return", "V")                                                                       \
    X(finish, "finish", "A")                                                                       \
    X(position, "position", "VI")                                                                  \
    X(block, "block", "B")                                                                         \
    X(repeat, "repeat", "XI")                                                                      \
    X(end, "end", "")                                                                              \
    X(dying, "", "")

#endif

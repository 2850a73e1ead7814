/* SPDX-License-Identifier: MIT
 *
 * edge.c: the names of references, for pictures.
 *
 * A traversal says whom an object refers to, and not by what name. So the object's parts are gone through
 * beside it: each kind of object has a function that is called at each step of the traversal and looks where the
 * referent stands, from where the last one stood on.
 *
 * Invariants:
 *   - The references, and their order, are the traversal's; what is found here is a name at most. Where a
 *     part does not stand where it is looked for the reference has no name.
 *   - Naming all references of an object takes one pass over its parts.
 */
#include "runtime/edge.h"
#include "runtime/class.h"
#include "runtime/dict.h"
#include "runtime/dict_lookup.h"
#include "runtime/values.h"
#include "runtime/weak_collection.h"
#include "runtime/weakref.h"

struct naming {
    struct rt_object *object;
    rt_edge_fn visit;
    void *context;
    size_t at;                    /* where the next part is, as the kind of object has it */
    const struct rt_class *slots; /* of an instance: the class whose slots come next; NULL: done */
    bool is_key;                  /* of a dict: the key of the last value comes next */
};

static void
name_index(struct rt_edge *edge, size_t index) {
    edge->kind = RT_EDGE_INDEX;
    edge->index = index;
}

static void
name_word(struct rt_edge *edge, const char *word) {
    edge->kind = RT_EDGE_WORD;
    edge->word = word;
}

/* Backwards, and what is not there is not visited. */
static void
name_item(struct naming *naming, struct rt_object *const *items, struct rt_edge *edge) {
    while (naming->at > 0) {
        if (items[--naming->at] == edge->referent) {
            name_index(edge, naming->at);
            return;
        }
    }
}

/* Values, each before its key where keys are visited. */
static void
name_pair(struct naming *naming, struct rt_edge *edge) {
    const struct rt_dict *dict = rt_dict(naming->object);

    if (naming->is_key) {
        naming->is_key = false;
        return;
    }
    while ((int64_t)naming->at < dict->keys->entries) {
        int64_t index = (int64_t)naming->at++;

        if (*rt_dict_value(dict, index) == edge->referent) {
            naming->is_key = !rt_keys_are_str(dict->keys);
            edge->kind = RT_EDGE_VALUE;
            edge->object = rt_keys_key(dict->keys, index);
            return;
        }
    }
}

static void
name_attribute(struct rt_edge *edge, struct rt_object *name) {
    edge->kind = RT_EDGE_ATTRIBUTE;
    edge->object = name;
}

/* False: no slot that comes next has it, and the values are next. */
static bool
name_slot(struct naming *naming, struct rt_edge *edge) {
    for (; naming->slots != NULL; naming->slots = naming->slots->base) {
        while (naming->at < naming->slots->slot_count) {
            const struct rt_slot *slot = &rt_class_slots(naming->slots)[naming->at++];

            if (*(struct rt_object **)((uintptr_t)naming->object + slot->offset) ==
                edge->referent) {
                name_attribute(edge, slot->name);
                return true;
            }
        }
        naming->at = 0;
    }
    return false;
}

/* Slots, the derived class's first; values by the class's names; the dict; the class. */
static void
name_part_of_instance(struct naming *naming, struct rt_edge *edge) {
    const struct rt_class *class_object = rt_instance_class(naming->object);

    if (name_slot(naming, edge)) {
        return;
    }
    if (class_object->keys != NULL && rt_instance_managed(naming->object)->values != NULL) {
        const struct rt_values *values = rt_instance_managed(naming->object)->values;

        while ((int64_t)naming->at < class_object->keys->entries) {
            size_t index = naming->at++;

            if (values->items[index] == edge->referent) {
                name_attribute(edge, rt_keys_shared_name(class_object->keys, (int64_t)index));
                return;
            }
        }
    }
    if (edge->referent == &class_object->object) {
        name_word(edge, "__class__");
    } else {
        name_word(edge, "__dict__");
    }
}

static void
name_part_of_class(const struct naming *naming, struct rt_edge *edge) {
    const struct rt_class *self = (const struct rt_class *)naming->object;

    if (edge->referent == self->dict) {
        name_word(edge, "__dict__");
    } else if (edge->referent == self->mro) {
        name_word(edge, "__mro__");
    } else {
        name_word(edge, edge->referent == self->bases ? "__bases__" : "__base__");
    }
}

static void
name_part_of_weak_collection(const struct naming *naming, struct rt_edge *edge) {
    const struct rt_weak_parts *parts = rt_weak_parts(naming->object);

    if (edge->referent == parts->set || edge->referent == parts->dict) {
        name_word(edge, "data");
    } else if (edge->referent == parts->remove) {
        name_word(edge, "_remove");
    } else {
        name_word(edge, edge->referent == parts->pending ? "_pending_removals" : "_iterating");
    }
}

/* Their traversal goes through all of them, and so does this. */
static void
name_generator_slot(struct naming *naming, struct rt_edge *edge) {
    while (rt_generator_slot(naming->object, naming->at) != edge->referent) {
        naming->at++;
    }
    name_index(edge, naming->at++);
}

static void
name_part(struct rt_object *referent, void *context) {
    struct rt_edge edge = {.referent = referent};
    struct naming *naming = context;

    switch (rt_kind(naming->object)) {
    case RT_KIND_LIST:
        name_item(naming, ((const struct rt_list *)naming->object)->items, &edge);
        break;
    case RT_KIND_TUPLE:
        name_item(naming, ((const struct rt_tuple *)naming->object)->items, &edge);
        break;
    case RT_KIND_DICT:
        name_pair(naming, &edge);
        break;
    case RT_KIND_INSTANCE:
        name_part_of_instance(naming, &edge);
        break;
    case RT_KIND_CLASS:
        name_part_of_class(naming, &edge);
        break;
    case RT_KIND_DESCRIPTOR:
        name_word(&edge, "__objclass__");
        break;
    case RT_KIND_WEAKREF:
        name_word(&edge, referent == rt_weakref_callback(naming->object) ? "__callback__" : "key");
        break;
    case RT_KIND_FUNCTION:
        name_word(&edge, "__closure__");
        break;
    case RT_KIND_CELL:
        name_word(&edge, "cell_contents");
        break;
    case RT_KIND_METHOD: /* its function first */
        name_word(&edge, naming->at++ == 0 ? "__func__" : "__self__");
        break;
    case RT_KIND_GENERATOR:
        name_generator_slot(naming, &edge);
        break;
    case RT_KIND_WEAK_SET:
    case RT_KIND_WEAK_DICT:
        name_part_of_weak_collection(naming, &edge);
        break;
    default:
        break;
    }
    naming->visit(&edge, naming->context);
}

void
rt_edge_each(struct rt_object *object, rt_edge_fn visit, void *context) {
    struct naming naming = {.object = object, .visit = visit, .context = context};

    if (rt_kind(object) == RT_KIND_LIST) {
        naming.at = rt_list_length(object);
    } else if (rt_kind(object) == RT_KIND_TUPLE) {
        naming.at = rt_tuple_length(object);
    } else if (rt_kind(object) == RT_KIND_INSTANCE) {
        naming.slots = rt_instance_class(object);
    }
    rt_visit(object, name_part, &naming);
}

/* ---- One reference ------------------------------------------------------------------------------- */

struct finding {
    const struct rt_object *referent;
    struct rt_edge *edge;
    bool is_found;
};

static void
keep_first(const struct rt_edge *edge, void *context) {
    struct finding *finding = context;

    if (!finding->is_found && edge->referent == finding->referent) {
        finding->is_found = true;
        *finding->edge = *edge;
    }
}

bool
rt_edge_find(struct rt_object *object, const struct rt_object *referent, struct rt_edge *ret_edge) {
    struct finding finding = {.referent = referent, .edge = ret_edge};

    rt_edge_each(object, keep_first, &finding);
    return finding.is_found;
}

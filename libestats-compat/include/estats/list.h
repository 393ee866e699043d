/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Doubly linked lists whose nodes are members of the listed structures. The head is a node too, so a list is a ring:
 * an empty one is a head that points to itself.
 *
 * Names and arguments are those that libestats programs use. Compiled with DEBUG, every operation verifies the whole list.
 */
#ifndef ESTATS_LIST_H
#define ESTATS_LIST_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct list_node {
	struct list_node *next, *prev;
};

struct list_head {
	struct list_node n;
};

/*
 * Return the argument when every forward link has its backward link, else NULL. With a `where`, a broken list is reported on
 * stderr under that name and the program is aborted.
 */
struct list_head *list_check(const struct list_head *h, const char *where);
struct list_node *list_check_node(const struct list_node *n, const char *where);

#ifdef DEBUG
#define list_debug(h) list_check((h), __func__)
#define list_debug_node(n) list_check_node((n), __func__)
#else
#define list_debug(h) (h)
#define list_debug_node(n) (n)
#endif

/* Definition of an empty list: LIST_HEAD(name); or struct list_head name = LIST_HEAD_INIT(name); */
#define LIST_HEAD_INIT(name) { { &(name).n, &(name).n } }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

/* From a member back to the structure around it; the second form takes a pointer variable in place of the type. */
#ifndef container_of
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))
#endif
#define container_of_var(ptr, var, member) container_of(ptr, __typeof__(*(var)), member)
#define container_off(type, member) offsetof(type, member)
#define container_off_var(var, member) offsetof(__typeof__(*(var)), member)
#define list_entry(node, type, member) container_of(node, type, member)

static inline void list_head_init(struct list_head *h)
{
	h->n.next = &h->n;
	h->n.prev = &h->n;
}

static inline bool list_empty(const struct list_head *h)
{
	(void)list_debug(h);
	return h->n.next == &h->n;
}

/* Links `n` in between two neighbours. */
static inline void list_insert_(struct list_node *before, struct list_node *n, struct list_node *after)
{
	n->prev = before;
	n->next = after;
	before->next = n;
	after->prev = n;
}

static inline void list_add_head(struct list_head *h, struct list_node *n)
{
	list_insert_(&h->n, n, h->n.next);
	(void)list_debug(h);
}

static inline void list_add_tail(struct list_head *h, struct list_node *n)
{
	list_insert_(h->n.prev, n, &h->n);
	(void)list_debug(h);
}

/* Afterwards the node belongs to no list. */
static inline void list_del(struct list_node *n)
{
	(void)list_debug_node(n);
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->next = NULL;
	n->prev = NULL;
}

/* Moves all of `from` in between two neighbours of another list. */
static inline void list_splice_(struct list_node *before, struct list_head *from, struct list_node *after)
{
	if (list_empty(from))
		return;
	before->next = from->n.next;
	from->n.next->prev = before;
	after->prev = from->n.prev;
	from->n.prev->next = after;
	list_head_init(from);
}

/* Empties `from` onto the end, or into the start, of `to`. */
static inline void list_append_list(struct list_head *to, struct list_head *from)
{
	list_splice_(to->n.prev, from, &to->n);
}

static inline void list_prepend_list(struct list_head *to, struct list_head *from)
{
	list_splice_(&to->n, from, to->n.next);
}

/* Between a structure and its node, where only the node's offset is known. */
static inline void *list_node_to_off_(struct list_node *n, size_t off)
{
	return (char *)n - off;
}

static inline struct list_node *list_node_from_off_(void *entry, size_t off)
{
	return (struct list_node *)(void *)((char *)entry + off);
}

static inline void *list_top_(const struct list_head *h, size_t off)
{
	return list_empty(h) ? NULL : list_node_to_off_(h->n.next, off);
}

static inline void *list_tail_(const struct list_head *h, size_t off)
{
	return list_empty(h) ? NULL : list_node_to_off_(h->n.prev, off);
}

static inline void *list_pop_(struct list_head *h, size_t off)
{
	struct list_node *n = h->n.next;

	if (list_empty(h))
		return NULL;
	list_del(n);
	return list_node_to_off_(n, off);
}

/* The first and the last entry, or NULL; and the first one taken out of the list. */
#define list_top(h, type, member) ((type *)list_top_((h), offsetof(type, member)))
#define list_tail(h, type, member) ((type *)list_tail_((h), offsetof(type, member)))
#define list_pop_off(h, type, member) ((type *)list_pop_((h), offsetof(type, member)))

/* Loops; `i` is a pointer to the entries. The loop's body must not free `i`: list_for_each_safe is for that. */
#define list_for_each(h, i, member)                                                                      \
	for ((i) = container_of_var(list_debug(h)->n.next, i, member); &(i)->member != &(h)->n;          \
	     (i) = container_of_var((i)->member.next, i, member))

#define list_for_each_rev(h, i, member)                                                                  \
	for ((i) = container_of_var(list_debug(h)->n.prev, i, member); &(i)->member != &(h)->n;          \
	     (i) = container_of_var((i)->member.prev, i, member))

#define list_for_each_safe(h, i, following, member)                                                      \
	for ((i) = container_of_var(list_debug(h)->n.next, i, member),                                   \
	    (following) = container_of_var((i)->member.next, i, member);                                 \
	     &(i)->member != &(h)->n;                                                                    \
	     (i) = (following), (following) = container_of_var((i)->member.next, i, member))

/* list_for_each under a name that no other library uses. */
#define estats_list_for_each(h, i, member) list_for_each(h, i, member)

/* The same for entries of which only the node's offset is known. */
#define list_for_each_off(h, i, off)                                                                     \
	for ((i) = list_node_to_off_(list_debug(h)->n.next, (off));                                      \
	     list_node_from_off_((void *)(i), (off)) != &(h)->n;                                         \
	     (i) = list_node_to_off_(list_node_from_off_((void *)(i), (off))->next, (off)))

#define list_for_each_safe_off(h, i, following, off)                                                     \
	for ((i) = list_node_to_off_(list_debug(h)->n.next, (off)),                                      \
	    (following) = list_node_to_off_(list_node_from_off_((void *)(i), (off))->next, (off));       \
	     list_node_from_off_((void *)(i), (off)) != &(h)->n;                                         \
	     (i) = (following),                                                                          \
	    (following) = list_node_to_off_(list_node_from_off_((void *)(i), (off))->next, (off)))

#define list_entry_off(node, type, off) ((type *)list_node_to_off_((node), (off)))
#define list_head_off(h, type, off) ((type *)list_top_((h), (off)))
#define list_tail_off(h, type, off) ((type *)list_tail_((h), (off)))
#define list_add_off(h, entry, off) list_add_head((h), list_node_from_off_((entry), (off)))
#define list_del_off(entry, off) list_del(list_node_from_off_((entry), (off)))

#ifdef __cplusplus
}
#endif

#endif /* ESTATS_LIST_H */

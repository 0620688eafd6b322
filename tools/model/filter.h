/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --filter: which rows of a snapshot are kept. What is left out counts in no total, either.
 */
#ifndef DEVMEMTOP_MODEL_FILTER_H
#define DEVMEMTOP_MODEL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

#define FILTER_TERMS 32

/* Room for the text of a filter, with blanks between "KEY=VALUE"s: more than its terms need. */
#define FILTER_TEXT 1024

enum filter_key {
	FILTER_IFACE,
	FILTER_QUEUE,
	FILTER_BINDING,
	FILTER_KEYS,
};

/* One value of a key: a name pattern, or numbers from @first to @last. */
struct filter_term {
	enum filter_key key;
	char pattern[NAME_LEN];
	uint32_t first;
	uint32_t last;
};

/* A row is kept when, for every key that occurs, one of its terms matches. All zero keeps all. */
struct filter {
	struct filter_term terms[FILTER_TERMS];
	size_t num;
	const char *netns; /* from "netns=": see netns_enter(); NULL: not given */
};

/**
 * filter_parse() - add "KEY=VALUE[,VALUE...]"
 * @f: filter
 * @arg: the text; iface= takes names with * and ?, queue= and binding= numbers and ranges such
 *	as 0-3, netns= what netns_enter() takes. It must stay valid for as long as @f.
 * @text: where to say in one line what is wrong
 * @size: bytes in @text
 *
 * Return: whether it was right.
 */
bool filter_parse(struct filter *f, const char *arg, char *text, size_t size);

/**
 * filter_apply() - drop the rows that are not wanted
 * @f: filter
 * @snap: snapshot, complete
 *
 * Bindings and pools are kept when a queue that is kept has to do with them.
 */
void filter_apply(const struct filter *f, struct snapshot *snap);

#endif

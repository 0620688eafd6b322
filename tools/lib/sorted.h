/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A growing array that is kept sorted: what rows of the model and accounts are stored in.
 */
#ifndef DEVMEMTOP_LIB_SORTED_H
#define DEVMEMTOP_LIB_SORTED_H

#include <stddef.h>

/* An array; all zero is an empty one. */
struct sorted {
	void *rows;
	size_t num;
	size_t cap;
	size_t last; /* the row that sorted_get() gave last */
};

typedef int (*sorted_cmp)(const void *a, const void *b);

/**
 * sorted_get() - find the row that compares equal to a key, or insert the key as a new row
 * @s: array
 * @size: bytes of a row, always the same for one array
 * @key: a whole row
 * @cmp: order, as for qsort()
 *
 * Rows which come in order cost one comparison. Running out of memory ends the program.
 *
 * Return: the row; valid until the next call.
 */
void *sorted_get(struct sorted *s, size_t size, const void *key, sorted_cmp cmp);

/**
 * sorted_find() - find a row
 *
 * Parameters are those of sorted_get().
 *
 * Return: the row or NULL.
 */
void *sorted_find(const struct sorted *s, size_t size, const void *key, sorted_cmp cmp);

/**
 * sorted_place() - where a row is or would be
 *
 * Parameters are those of sorted_get().
 *
 * Return: the index of the first row that is not before the key.
 */
size_t sorted_place(const struct sorted *s, size_t size, const void *key, sorted_cmp cmp);

/**
 * sorted_append() - add a row, all zero, at the end, whatever the order
 * @s: array
 * @size: bytes of a row
 *
 * Return: the row; valid until the next call.
 */
void *sorted_append(struct sorted *s, size_t size);

/**
 * sorted_free() - free all rows
 * @s: array, empty afterwards
 */
void sorted_free(struct sorted *s);

#endif

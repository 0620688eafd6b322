/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All entries of a BPF hash.
 */
#ifndef DEVMEMTOP_LIB_HASH_WALK_H
#define DEVMEMTOP_LIB_HASH_WALK_H

#include <stddef.h>

typedef void (*hash_walk_cb)(void *arg, const void *key, const void *value);

/**
 * hash_walk() - call a function for each entry of a hash
 * @fd: the map
 * @key_size: bytes of a key, 32 at most
 * @value_size: bytes of a value
 * @cb: called with @arg, key and value; it may delete the entry. It is called for every entry that
 *      stays during the walk, and perhaps for entries that come or go.
 * @arg: for @cb
 *
 * Return: 0, or a negative errno when the map could not be read to its end.
 */
int hash_walk(int fd, size_t key_size, size_t value_size, hash_walk_cb cb, void *arg);

#endif

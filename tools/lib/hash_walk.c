// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All entries of a BPF hash, some at a time.
 */
#include "lib/hash_walk.h"

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <bpf/bpf.h>

/* How many entries one call reads. */
#define BATCH 64

int hash_walk(int fd, size_t key_size, size_t value_size, hash_walk_cb cb, void *arg)
{
	char *keys = calloc(BATCH, key_size), *values = calloc(BATCH, value_size);
	uint64_t position[4]; /* opaque; as large as the largest key */
	void *from = NULL;
	uint32_t count, i;
	int ret;

	if (!keys || !values)
		err(EXIT_FAILURE, "reading a BPF map");
	do {
		count = BATCH;
		ret = bpf_map_lookup_batch(fd, from, position, keys, values, &count, NULL);
		if (ret && errno != ENOENT) {
			ret = -errno;
			goto out;
		}
		for (i = 0; i < count; i++)
			cb(arg, keys + i * key_size, values + i * value_size);
		from = position;
	} while (!ret);
	/* ENOENT: there are no more entries. */
	ret = 0;
out:
	free(keys);
	free(values);
	return ret;
}

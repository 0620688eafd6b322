/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The byte stream which devmem-send sends and devmem-recv checks.
 *
 * A stream is a row of little-endian 64-bit words: a magic number, the stream's seed, then
 * word i = base(seed) + i * STEP. STEP is odd, so no two words of a stream are equal: a buffer
 * that was delivered twice, too late, in the wrong place or not written at all never passes, and
 * from a wrong word one can tell which position of the stream it really belongs to.
 */
#ifndef DEVMEMTOP_RECV_PATTERN_H
#define DEVMEMTOP_RECV_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes at the start of a stream which say what it is: magic and seed. */
#define PATTERN_HEADER 16

/* "Found nowhere in this stream", see pattern_find(). */
#define PATTERN_NOWHERE UINT64_MAX

/**
 * struct pattern - one stream
 * @seed: what makes it differ from other streams
 * @base: derived from @seed
 */
struct pattern {
	uint64_t seed;
	uint64_t base;
};

/**
 * pattern_init() - the stream that belongs to a seed
 * @p: filled
 * @seed: any number
 */
void pattern_init(struct pattern *p, uint64_t seed);

/**
 * pattern_read_header() - recognise a stream by its first bytes
 * @p: filled with the stream of the seed found there
 * @header: PATTERN_HEADER bytes
 *
 * Return: false when this is no stream of ours; @p is then untouched.
 */
bool pattern_read_header(struct pattern *p, const uint8_t *header);

/**
 * pattern_fill() - write a piece of the stream
 * @p: stream
 * @pos: position of the piece in the stream, in bytes
 * @buf: where to
 * @len: bytes
 */
void pattern_fill(const struct pattern *p, uint64_t pos, void *buf, size_t len);

/**
 * pattern_check() - compare a piece with the stream
 * @p: stream
 * @pos: position which the piece should have, in bytes
 * @buf: the piece
 * @len: bytes
 *
 * Return: how many bytes are right before the first wrong one; @len when all are.
 */
size_t pattern_check(const struct pattern *p, uint64_t pos, const void *buf, size_t len);

/**
 * pattern_count_wrong() - how many bytes of a piece differ from the stream
 *
 * Parameters are those of pattern_check().
 *
 * Return: the number of bytes.
 */
size_t pattern_count_wrong(const struct pattern *p, uint64_t pos, const void *buf, size_t len);

/**
 * pattern_find() - find out where data that is wrong at its place belongs
 * @p: stream
 * @buf: data
 * @len: bytes; with fewer than 23 it may not be found
 *
 * Return: the position in the stream of the first byte of @buf, or PATTERN_NOWHERE.
 */
uint64_t pattern_find(const struct pattern *p, const void *buf, size_t len);

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The test stream. Checking has to keep up with the network on an emulated CPU, hence one
 * addition, one comparison and one load per eight bytes, at any alignment.
 */
#include "recv/pattern.h"

#include <endian.h>
#include <string.h>

#define WORD	     sizeof(uint64_t)
#define HEADER_WORDS (PATTERN_HEADER / WORD)

/* "devmemT1" read as a little-endian number. */
#define MAGIC 0x31546d656d766564ULL

/* Odd, and with bits set all over, so that neighbouring words differ in most bytes. */
#define STEP 0x9e3779b97f4a7c15ULL

/* No stream is longer than this many words; pattern_find() takes larger numbers for noise. */
#define MAX_WORDS (1ULL << 45)

/* Words compared between two looks at the result. */
#define BLOCK 8

/* Spread a seed over 64 bits, so that streams of seeds 1 and 2 have nothing in common. */
static uint64_t spread(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint64_t load(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, WORD);
	return le64toh(word);
}

static void store(uint8_t *p, uint64_t word)
{
	word = htole64(word);
	memcpy(p, &word, WORD);
}

static uint64_t word_at(const struct pattern *p, uint64_t index)
{
	switch (index) {
	case 0:
		return MAGIC;
	case 1:
		return p->seed;
	default:
		return p->base + index * STEP;
	}
}

static uint8_t byte_at(const struct pattern *p, uint64_t pos)
{
	return word_at(p, pos / WORD) >> (8 * (pos % WORD));
}

void pattern_init(struct pattern *p, uint64_t seed)
{
	p->seed = seed;
	p->base = spread(seed);
}

bool pattern_read_header(struct pattern *p, const uint8_t *header)
{
	if (load(header) != MAGIC)
		return false;
	pattern_init(p, load(header + WORD));
	return true;
}

void pattern_fill(const struct pattern *p, uint64_t pos, void *buf, size_t len)
{
	uint8_t *to = buf;
	uint64_t word;

	for (; len && pos % WORD; pos++, len--)
		*to++ = byte_at(p, pos);
	for (; len >= WORD && pos < PATTERN_HEADER; pos += WORD, to += WORD, len -= WORD)
		store(to, word_at(p, pos / WORD));
	word = word_at(p, pos / WORD);
	for (; len >= WORD; pos += WORD, to += WORD, len -= WORD) {
		store(to, word);
		word += STEP;
	}
	for (; len; pos++, len--)
		*to++ = byte_at(p, pos);
}

size_t pattern_check(const struct pattern *p, uint64_t pos, const void *buf, size_t len)
{
	const uint8_t *from = buf;
	size_t at = 0;

	while (at < len && ((pos + at) % WORD || pos + at < PATTERN_HEADER)) {
		if (from[at] != byte_at(p, pos + at))
			return at;
		at++;
	}
	if (len - at >= WORD) {
		uint64_t word = word_at(p, (pos + at) / WORD);

		for (; len - at >= BLOCK * WORD; at += BLOCK * WORD) {
			uint64_t wrong = 0;
			unsigned int i;

			for (i = 0; i < BLOCK; i++)
				wrong |= load(from + at + i * WORD) ^ (word + i * STEP);
			if (wrong)
				break;
			word += BLOCK * STEP;
		}
		for (; len - at >= WORD; at += WORD, word += STEP)
			if (load(from + at) != word)
				break;
	}
	/* The tail, or the word in which the first wrong byte is. */
	while (at < len && from[at] == byte_at(p, pos + at))
		at++;
	return at;
}

size_t pattern_count_wrong(const struct pattern *p, uint64_t pos, const void *buf, size_t len)
{
	const uint8_t *from = buf;
	size_t at = pattern_check(p, pos, buf, len);
	size_t wrong = 0;

	for (; at < len; at++)
		wrong += from[at] != byte_at(p, pos + at);
	return wrong;
}

/* The number which, multiplied with STEP, gives 1 modulo 2^64: each round doubles the bits. */
static uint64_t step_inverse(void)
{
	uint64_t inv = STEP;
	unsigned int round;

	for (round = 0; round < 5; round++)
		inv *= 2 - STEP * inv;
	return inv;
}

uint64_t pattern_find(const struct pattern *p, const void *buf, size_t len)
{
	const uint8_t *from = buf;
	uint64_t inverse = step_inverse();
	unsigned int shift;

	/* Words start at some multiple of eight in the stream, which can be anywhere in @buf. */
	for (shift = 0; shift < WORD; shift++) {
		uint64_t index;

		if (len < shift + 2 * WORD)
			break;
		index = (load(from + shift) - p->base) * inverse;
		if (index < HEADER_WORDS || index > MAX_WORDS)
			continue;
		/* One word can fit by chance; the next one settles it. */
		if (load(from + shift + WORD) != word_at(p, index + 1))
			continue;
		return index * WORD - shift;
	}
	return PATTERN_NOWHERE;
}

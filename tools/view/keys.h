/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The keys of the live view, for handling, footer and help: those of pages, and those that do
 * something on a page.
 */
#ifndef DEVMEMTOP_VIEW_KEYS_H
#define DEVMEMTOP_VIEW_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct page;

enum action {
	ACTION_NONE,
	ACTION_PAGE, /* open one */
	ACTION_QUIT,
	ACTION_PAUSE,
	ACTION_SORT,
	ACTION_FILTER,
	ACTION_ALL,
	ACTION_SLOWER,
	ACTION_FASTER,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_HOME,
};

/* Keys that are no characters; the live view translates its library's numbers. */
enum special_key {
	KEY_SPECIAL = 0x10000,
	KEYS_UP,
	KEYS_DOWN,
	KEYS_PAGE_UP,
	KEYS_PAGE_DOWN,
	KEYS_HOME,
	KEYS_ESCAPE,
	KEYS_ENTER,
	KEYS_BACKSPACE,
};

/* What there is on a page. */
enum page_has {
	HAS_QUEUES = 1 << 0, /* a cursor on one of several queues */
	HAS_SAMPLE = 1 << 1, /* what was measured, and ways to other pages with it */
	HAS_BACK = 1 << 2,   /* a way to the first page */
};

struct key {
	int codes[3];	    /* characters or enum special_key, 0: unused */
	const char *label;  /* the name of the key */
	const char *word;   /* what it does, for the footer; NULL: not in the footer */
	const char *help;   /* what it does, in a sentence */
	unsigned int needs; /* bits by enum page_has: it works on pages that have all of it */
	enum action action;
};

struct command {
	enum action action;
	const struct page *page; /* for ACTION_PAGE */
};

/**
 * key_at() - a key, in the order of footer and help
 * @pages: all pages
 * @i: which one
 *
 * Return: the key, or NULL when there are not so many.
 */
const struct key *key_at(const struct page *const *pages, size_t i);

/**
 * key_works() - does a key do something on a page?
 * @key: key
 * @page: the page that is seen
 *
 * Return: whether it does.
 */
bool key_works(const struct key *key, const struct page *page);

/**
 * keys_command() - what a key does
 * @pages: all pages
 * @page: the one that is seen
 * @code: character or enum special_key
 *
 * Return: the command, with ACTION_NONE for keys that do nothing here.
 */
struct command keys_command(const struct page *const *pages, const struct page *page, int code);

#endif

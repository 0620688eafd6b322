/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The keys of the live view: one table for handling, footer and help.
 */
#ifndef DEVMEMTOP_VIEW_KEYS_H
#define DEVMEMTOP_VIEW_KEYS_H

#include <stddef.h>

#include "view/view.h"

enum action {
	ACTION_NONE,
	ACTION_QUIT,
	ACTION_BACK,
	ACTION_HELP,
	ACTION_OPEN,
	ACTION_BINDINGS,
	ACTION_SOCKETS,
	ACTION_EVENTS,
	ACTION_RACES,
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

struct key {
	int codes[3];	    /* characters or enum special_key, 0: unused */
	const char *label;  /* how the key is called */
	const char *word;   /* what it does, for the footer; NULL: not in the footer */
	const char *help;   /* what it does, in a sentence */
	unsigned int modes; /* bits by enum view_mode in which it works */
	enum action action;
};

extern const struct key keys[];
extern const size_t num_keys;

/**
 * key_action() - what a key does
 * @code: character or enum special_key
 * @mode: mode of the view
 *
 * Return: the action, ACTION_NONE for keys that do nothing here.
 */
enum action key_action(int code, enum view_mode mode);

#endif

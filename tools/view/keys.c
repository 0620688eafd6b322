// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The keys of the live view.
 */
#include "view/keys.h"

#define IN(mode) (1U << (mode))
#define ANYWHERE (IN(VIEW_MODES) - 1)
#define HELP	 IN(VIEW_HELP)
#define PAGES	 (ANYWHERE & ~HELP)
#define QUEUES	 IN(VIEW_QUEUES)
#define OTHERS	 (PAGES & ~QUEUES)

const struct key keys[] = {
	{ { 'q', 3 }, "q", "quit", "quit", ANYWHERE, ACTION_QUIT },
	{ { KEYS_ESCAPE }, "esc", "back", "back to the queues", OTHERS, ACTION_BACK },
	{ { KEYS_ESCAPE, 'h', '?' }, "esc", "back", "back to the queues", HELP, ACTION_BACK },
	{ { 'h', '?' }, "h", "help", "this help", PAGES, ACTION_HELP },
	{ { KEYS_ENTER },
	  "enter",
	  "open",
	  "open the selected queue: times, binding, sockets, last restarts",
	  QUEUES,
	  ACTION_OPEN },
	{ { 'b' },
	  "b",
	  "bindings",
	  "bindings and where their buffers are",
	  PAGES,
	  ACTION_BINDINGS },
	{ { 's' }, "s", "sockets", "sockets: who holds buffers", PAGES, ACTION_SOCKETS },
	{ { 'e' }, "e", "events", "the last bindings and restarts", PAGES, ACTION_EVENTS },
	{ { 'r' },
	  "r",
	  "races",
	  "races between delivery and restarts, with both sides",
	  PAGES,
	  ACTION_RACES },
	{ { 'p', ' ' }, "p", "pause", "pause: keep this picture, or go on", PAGES, ACTION_PAUSE },
	{ { 'o' },
	  "o",
	  "order",
	  "order by trouble, queue, bytes, buffers out, restarts",
	  QUEUES,
	  ACTION_SORT },
	{ { '/' },
	  "/",
	  "filter",
	  "filter: KEY=VALUE as for --filter, more after blanks; empty: show all",
	  PAGES,
	  ACTION_FILTER },
	{ { 'a' },
	  "a",
	  "all",
	  "show all queues, or those that have to do with devmem",
	  QUEUES,
	  ACTION_ALL },
	{ { '+', '=' }, "+", "slower", "look less often", PAGES, ACTION_SLOWER },
	{ { '-', '_' }, "-", "faster", "look more often", PAGES, ACTION_FASTER },
	{ { KEYS_UP, 'k' }, "up", NULL, "up", ANYWHERE, ACTION_UP },
	{ { KEYS_DOWN, 'j' }, "down", NULL, "down", ANYWHERE, ACTION_DOWN },
	{ { KEYS_PAGE_UP }, "pgup", NULL, "up by a page", ANYWHERE, ACTION_PAGE_UP },
	{ { KEYS_PAGE_DOWN }, "pgdn", NULL, "down by a page", ANYWHERE, ACTION_PAGE_DOWN },
	{ { KEYS_HOME, 'g' }, "home", NULL, "back to the top", ANYWHERE, ACTION_HOME },
};
const size_t num_keys = sizeof(keys) / sizeof(keys[0]);

enum action key_action(int code, enum view_mode mode)
{
	size_t i, j;

	if (!code)
		return ACTION_NONE;
	for (i = 0; i < num_keys; i++) {
		if (!(keys[i].modes & IN(mode)))
			continue;
		for (j = 0; j < sizeof(keys[i].codes) / sizeof(keys[i].codes[0]); j++)
			if (keys[i].codes[j] == code)
				return keys[i].action;
	}
	return ACTION_NONE;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The keys of the live view. Those that open pages stand with the pages.
 */
#include "view/keys.h"

#include "view/page.h"

static const struct key keys_before[] = {
	{ .codes = { 'q', 3 },
	  .label = "q",
	  .word = "quit",
	  .help = "quit",
	  .action = ACTION_QUIT },
};

static const struct key keys_behind[] = {
	{ .codes = { 'p', ' ' },
	  .label = "p",
	  .word = "pause",
	  .help = "pause: keep this sample, or go on",
	  .needs = HAS_SAMPLE,
	  .action = ACTION_PAUSE },
	{ .codes = { 'o' },
	  .label = "o",
	  .word = "order",
	  .help = "order by trouble, queue, bytes, buffers out, restarts",
	  .needs = HAS_QUEUES,
	  .action = ACTION_SORT },
	{ .codes = { '/' },
	  .label = "/",
	  .word = "filter",
	  .help = "filter: KEY=VALUE as for --filter, more after blanks; empty: show all",
	  .needs = HAS_SAMPLE,
	  .action = ACTION_FILTER },
	{ .codes = { 'a' },
	  .label = "a",
	  .word = "all",
	  .help = "show all queues, or those that have to do with devmem",
	  .needs = HAS_QUEUES,
	  .action = ACTION_ALL },
	{ .codes = { '+', '=' },
	  .label = "+",
	  .word = "slower",
	  .help = "look less often",
	  .needs = HAS_SAMPLE,
	  .action = ACTION_SLOWER },
	{ .codes = { '-', '_' },
	  .label = "-",
	  .word = "faster",
	  .help = "look more often",
	  .needs = HAS_SAMPLE,
	  .action = ACTION_FASTER },
	{ .codes = { KEYS_UP, 'k' }, .label = "up", .help = "up", .action = ACTION_UP },
	{ .codes = { KEYS_DOWN, 'j' }, .label = "down", .help = "down", .action = ACTION_DOWN },
	{ .codes = { KEYS_PAGE_UP },
	  .label = "pgup",
	  .help = "up by a page",
	  .action = ACTION_PAGE_UP },
	{ .codes = { KEYS_PAGE_DOWN },
	  .label = "pgdn",
	  .help = "down by a page",
	  .action = ACTION_PAGE_DOWN },
	{ .codes = { KEYS_HOME, 'g' },
	  .label = "home",
	  .help = "back to the top",
	  .action = ACTION_HOME },
};

#define NUM_BEFORE (sizeof(keys_before) / sizeof(keys_before[0]))
#define NUM_BEHIND (sizeof(keys_behind) / sizeof(keys_behind[0]))

const struct key *key_at(const struct page *const *pages, size_t i)
{
	if (i < NUM_BEFORE)
		return &keys_before[i];
	for (i -= NUM_BEFORE; *pages; pages++)
		if (!i--)
			return &(*pages)->key;
	return i < NUM_BEHIND ? &keys_behind[i] : NULL;
}

bool key_works(const struct key *key, const struct page *page)
{
	return (page->has & key->needs) == key->needs;
}

static bool has_code(const struct key *key, int code)
{
	size_t i;

	for (i = 0; i < sizeof(key->codes) / sizeof(key->codes[0]); i++)
		if (key->codes[i] == code)
			return true;
	return false;
}

struct command keys_command(const struct page *const *pages, const struct page *page, int code)
{
	const struct key *key;
	size_t i;

	if (!code)
		return (struct command){ ACTION_NONE, NULL };
	/* Where there is no way on to other pages, the key that led there leads back. */
	if (!(page->has & HAS_SAMPLE) && has_code(&page->key, code))
		return (struct command){ ACTION_PAGE, pages[0] };
	for (i = 0; pages[i]; i++)
		if (has_code(&pages[i]->key, code) && key_works(&pages[i]->key, page))
			return (struct command){ ACTION_PAGE, pages[i] };
	for (i = 0; (key = key_at(pages, i)); i++)
		if (has_code(key, code) && key_works(key, page))
			return (struct command){ key->action, NULL };
	return (struct command){ ACTION_NONE, NULL };
}

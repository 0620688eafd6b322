/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The terminal, through ncurses. However the program ends, the terminal is put back. Messages on
 * standard error are kept until then and printed after that.
 */
#ifndef DEVMEMTOP_VIEW_TERMINAL_H
#define DEVMEMTOP_VIEW_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "view/screen.h"

/**
 * live_open() - take the terminal over
 * @text: where to say why it failed, one line
 * @size: bytes in @text
 *
 * Return: whether it worked.
 */
bool live_open(char *text, size_t size);

/** live_close() - put the terminal back */
void live_close(void);

/**
 * live_size() - how large the terminal is
 * @width: gets columns
 * @height: gets lines
 */
void live_size(unsigned int *width, unsigned int *height);

/** live_resized() - the terminal changed its size: use the new one from now on */
void live_resized(void);

/**
 * live_draw() - show a page
 * @s: page
 */
void live_draw(const struct screen *s);

/**
 * live_key() - take a key that waits
 *
 * Return: a character or enum special_key, 0: none waits, -1: the terminal is gone.
 */
int live_key(void);

#endif

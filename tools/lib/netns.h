/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --netns: look into another network namespace.
 */
#ifndef DEVMEMTOP_LIB_NETNS_H
#define DEVMEMTOP_LIB_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * netns_enter() - go into another network namespace, for good
 * @where: a path (/proc/PID/ns/net, /run/netns/NAME), a process id, or a name that
 *	"ip netns list" shows
 * @text: where to say in one line why it failed and what to do
 * @size: bytes in @text
 *
 * Sockets that are opened later, and what the walk reads, belong to it.
 *
 * Return: whether it worked.
 */
bool netns_enter(const char *where, char *text, size_t size);

/**
 * netns_inode() - which network namespace are we in?
 *
 * Return: its inode number, by which the kernel's events name it; 0 when /proc does not say.
 */
uint32_t netns_inode(void);

#endif

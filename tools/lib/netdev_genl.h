/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A small client of the generic netlink family "netdev": dumps and bind-rx, with the kernel's
 * own words (extack) handed to the caller.
 *
 * Every call that can fail returns 0 or a negative errno and, when @err is not NULL, fills
 * it with the same number and a text which is ready to be shown. Nothing is printed here.
 */
#ifndef DEVMEMTOP_LIB_NETDEV_GENL_H
#define DEVMEMTOP_LIB_NETDEV_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "lib/uapi_netdev.h"

struct netdev_genl;

/**
 * struct netdev_genl_error - why a call failed
 * @code: negative errno
 * @text: one line: the kernel's extack text when it sent one, else the errno's text
 * @from_kernel: true when @text is the kernel's own
 */
struct netdev_genl_error {
	int code;
	char text[256];
	bool from_kernel;
};

/**
 * struct netdev_genl_attr - an attribute of a request, always a u32
 * @type: attribute number
 * @value: its value
 */
struct netdev_genl_attr {
	uint16_t type;
	uint32_t value;
};

/* Highest attribute number handed to callbacks; higher ones are skipped. */
#define NETDEV_GENL_ATTR_MAX 63

/**
 * typedef netdev_genl_cb - called for each message of an answer
 * @cmd: command of the message, enum netdev_genl_cmd
 * @tb: attributes by number, NULL where absent, NETDEV_GENL_ATTR_MAX + 1 entries
 * @data: the caller's
 *
 * Return: 0 to go on, a negative errno to give up (the call returns it).
 */
typedef int (*netdev_genl_cb)(uint8_t cmd, const struct nlattr *const *tb, void *data);

/**
 * netdev_genl_open() - open a netlink socket in the current network namespace
 * @err: why it failed, may be NULL
 *
 * Return: the socket, or NULL. -ENOENT in @err: this kernel has no "netdev" family.
 */
struct netdev_genl *netdev_genl_open(struct netdev_genl_error *err);

/**
 * netdev_genl_close() - close the socket; this ends every binding made through it
 * @ng: from netdev_genl_open(), NULL is allowed
 */
void netdev_genl_close(struct netdev_genl *ng);

/**
 * netdev_genl_dump() - ask for all objects of a kind
 * @ng: socket
 * @cmd: e.g. ND_CMD_QUEUE_GET
 * @attrs: attributes of the request, e.g. an ifindex as filter
 * @num_attrs: how many
 * @cb: called for each object
 * @data: for @cb
 * @err: why it failed, may be NULL
 *
 * An object that changes while the kernel walks makes the walk start again; the callback then
 * sees objects twice, so key what you store by id. This is tried a few times before -EINTR.
 *
 * Return: 0 or a negative errno.
 */
int netdev_genl_dump(struct netdev_genl *ng, uint8_t cmd, const struct netdev_genl_attr *attrs,
		     unsigned int num_attrs, netdev_genl_cb cb, void *data,
		     struct netdev_genl_error *err);

/**
 * netdev_genl_bind_rx() - bind a dma-buf to receive queues
 * @ng: socket; the binding lives until it is closed
 * @ifindex: the interface
 * @dmabuf_fd: the dma-buf, may be closed afterwards
 * @queues: receive queues
 * @num_queues: how many, at least 1
 * @binding_id: where to put the id of the binding
 * @err: why it failed, may be NULL
 *
 * Return: 0 or a negative errno.
 */
int netdev_genl_bind_rx(struct netdev_genl *ng, unsigned int ifindex, int dmabuf_fd,
			const uint32_t *queues, unsigned int num_queues, uint32_t *binding_id,
			struct netdev_genl_error *err);

/**
 * netdev_genl_header_split() - turn the header split of an interface on or off
 * @ifindex: the interface
 * @on: what it shall be
 * @err: why it failed, may be NULL
 *
 * What "ethtool -G IF tcp-data-split on|off" does, which ethtool can only since 6.3. It is here
 * because binding a dma-buf needs it; it uses a socket of its own for the family "ethtool".
 *
 * Return: 0 or a negative errno.
 */
int netdev_genl_header_split(unsigned int ifindex, bool on, struct netdev_genl_error *err);

/**
 * netdev_genl_uint() - read an integer attribute of one, two, four or eight bytes
 * @attr: attribute, NULL is allowed
 * @missing: what to return when @attr is NULL or has an odd size
 *
 * Return: the value.
 */
uint64_t netdev_genl_uint(const struct nlattr *attr, uint64_t missing);

#endif

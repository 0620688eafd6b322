/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A dma-buf made of ordinary memory (udmabuf), so that devmem TCP can be tried and tested
 * without a GPU: the NIC sees a dma-buf, we see its pages.
 */
#ifndef DEVMEMTOP_RECV_DMABUF_H
#define DEVMEMTOP_RECV_DMABUF_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct dmabuf - one udmabuf
 * @fd: the dma-buf
 * @memfd: the memory behind it
 * @size: bytes
 * @data: the same memory, mapped for reading
 */
struct dmabuf {
	int fd;
	int memfd;
	size_t size;
	const uint8_t *data;
};

/**
 * dmabuf_create() - make one
 * @buf: filled
 * @size: bytes, rounded up to whole pages
 *
 * On failure the reason and the remedy have been printed.
 *
 * Return: 0 or a negative errno.
 */
int dmabuf_create(struct dmabuf *buf, size_t size);

/**
 * dmabuf_destroy() - unmap and close it
 * @buf: from dmabuf_create(); one that is all zeroes is allowed
 *
 * The kernel keeps the pages while a binding uses them.
 */
void dmabuf_destroy(struct dmabuf *buf);

/**
 * dmabuf_begin_read() - make what the device wrote visible to the CPU
 * @buf: dma-buf
 *
 * Return: 0 or a negative errno.
 */
int dmabuf_begin_read(const struct dmabuf *buf);

/**
 * dmabuf_end_read() - the CPU is done reading
 * @buf: dma-buf
 *
 * Return: 0 or a negative errno.
 */
int dmabuf_end_read(const struct dmabuf *buf);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The frames between the two ends of vmlink, and what both ends share.
 */
#ifndef VMLINK_H
#define VMLINK_H

#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* Name of the virtio-serial port that carries the frames. */
#define VMLINK_PORT "devmemtop"

/* Kernel log line, written when the command has ended; the console is complete up to here. */
#define VMLINK_END_MARK	 "vmlink: the command ended"
/* Kernel log line, written before blocked tasks are dumped because time is up. */
#define VMLINK_DUMP_MARK "vmlink: time is up, blocked tasks follow"
#define VMLINK_DUMP_END	 "vmlink: end of blocked tasks"

/* Exit status of vmlink itself; the command's own status is in the result file. */
#define EXIT_STATUS_SETUP 126

enum frame_type {
	/* guest to host */
	FRAME_READY = 'R', /* the command has been started */
	FRAME_OUT = 'O',   /* bytes of standard output, or of the terminal */
	FRAME_ERR = 'E',   /* bytes of standard error */
	FRAME_EXIT = 'X',  /* payload: int32_t, the command's exit status; the last frame */
	/* host to guest */
	FRAME_IN = 'I',	  /* bytes of standard input, or of the keyboard; empty: end of file */
	FRAME_SIZE = 'S', /* payload: struct frame_size, the terminal's size */
	FRAME_DUMP = 'D', /* write the stacks of blocked tasks to the kernel log */
};

struct frame_head {
	uint32_t type;
	uint32_t len; /* bytes of payload behind this header */
};

struct frame_size {
	uint16_t rows;
	uint16_t cols;
};

#define FRAME_MAX (64 * 1024)

/* Collects bytes from a stream and hands out whole frames. */
struct frame_reader {
	size_t have;
	char buf[sizeof(struct frame_head) + FRAME_MAX];
};

/**
 * frame_fill() - read what is there from @fd into @r
 *
 * Return: bytes read, 0 at end of file, -1 with errno.
 */
ssize_t frame_fill(struct frame_reader *r, int fd);

/**
 * frame_next() - look at the first whole frame in @r
 * @r: the reader
 * @head: set to its header
 * @payload: set to its payload, valid until frame_drop()
 *
 * Return: 1 when there is one, 0 when more bytes are needed, -1 when the stream makes no sense.
 */
int frame_next(struct frame_reader *r, struct frame_head *head, const char **payload);

/* frame_drop() - forget the frame that frame_next() showed */
void frame_drop(struct frame_reader *r);

/**
 * frame_send() - write one frame to @fd, waiting where it must
 *
 * Return: 0, or -1 with errno.
 */
int frame_send(int fd, uint32_t type, const void *payload, size_t len);

/**
 * write_all() - write @len bytes to @fd, waiting where it must (also on a non-blocking @fd)
 *
 * Return: 0, or -1 with errno.
 */
int write_all(int fd, const void *buf, size_t len);

/* Milliseconds of a clock that only goes forward. */
int64_t now_ms(void);

/* Print "vmlink: ..." to standard error and exit with EXIT_STATUS_SETUP. */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

int vmlink_host(int argc, char **argv);
int vmlink_guest(const char *job);

#endif

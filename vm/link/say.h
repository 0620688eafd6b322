/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Words into the guest's kernel log, and the files of its job: all that the other parts of the
 * guest's end stand on.
 */
#ifndef VMLINK_SAY_H
#define VMLINK_SAY_H

#include <stddef.h>
#include <sys/reboot.h>
#include <unistd.h>

/* A line into the guest's kernel log, so it is in the console log with everything else. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* PID 1 must not exit: stop the machine, the host tells by the missing frame. */
#define GIVE_UP(...)                         \
	do {                                 \
		log_line("<3>" __VA_ARGS__); \
		reboot(RB_AUTOBOOT);         \
		for (;;)                     \
			pause();             \
	} while (0)

/**
 * job_file() - read the file @name in the folder @job
 * @job: the folder that vm/run made
 * @name: the file
 * @len: set to its length
 *
 * Return: its content with a zero behind it, to be freed; NULL when there is no such file.
 */
char *job_file(const char *job, const char *name, size_t *len);

#endif

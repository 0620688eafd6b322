// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vmlink - the two ends of the wire between vm/run and a command in the guest.
 *
 *	vmlink host  [OPTIONS] -- QEMU ARG...	on the host, starts QEMU
 *	vmlink guest JOBDIR			in the guest, as PID 1
 *
 * One virtio-serial port carries frames both ways, so standard output and
 * standard error arrive apart, byte for byte and complete: the exit status
 * travels behind the last byte of both on the same wire. A command that gets a
 * terminal runs on a pty of the guest, whose size follows the host's terminal.
 *
 * JOBDIR is written by vm/run, see there: cmd, env, cwd, tty, out, modules.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "vmlink.h"

int main(int argc, char **argv)
{
	if (argc >= 2 && !strcmp(argv[1], "host"))
		return vmlink_host(argc - 1, argv + 1);
	if (argc == 3 && !strcmp(argv[1], "guest"))
		return vmlink_guest(argv[2]);
	fprintf(stderr, "usage: vmlink host|guest ... (started by vm/run)\n");
	return EXIT_STATUS_SETUP;
}

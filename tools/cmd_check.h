/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `devmemtop check`: for every source, if it works here, and if not, why and what to do.
 */
#ifndef DEVMEMTOP_CHECK_H
#define DEVMEMTOP_CHECK_H

/**
 * check_main() - the subcommand
 * @argc: number of arguments, without the program's own name
 * @argv: the arguments; the first is "check"
 *
 * Return: exit status: 0 when all sources work, 1 when one does not, 2 for wrong options.
 */
int check_main(int argc, char **argv);

#endif

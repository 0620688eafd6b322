/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `devmemtop races`: watch for races, alone or beside a command.
 */
#ifndef DEVMEMTOP_CMD_RACES_H
#define DEVMEMTOP_CMD_RACES_H

/**
 * races_main() - `devmemtop races`
 * @argc: arguments, "races" first
 * @argv: them
 *
 * Return: exit status.
 */
int races_main(int argc, char **argv);

#endif

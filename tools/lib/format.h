/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers for people: short, with a unit, "-" for what is not known. And addresses.
 */
#ifndef DEVMEMTOP_LIB_FORMAT_H
#define DEVMEMTOP_LIB_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/* Every number that is formatted here fits into this room. */
#define FORMAT_MAX 16

/* The same for an address, and for one with brackets and a port. */
#define FORMAT_ADDRESS_MAX  48
#define FORMAT_ENDPOINT_MAX 56

/**
 * format_count() - a number of things: 0, 950, 12.3k, 4.56M
 * @buf: gets the text, FORMAT_MAX bytes
 * @n: number or UNKNOWN
 *
 * Numbers below 10000 are written in full.
 *
 * Return: @buf.
 */
const char *format_count(char *buf, uint64_t n);

/**
 * format_rate() - things per second: 0, 0.5, 950, 12.3k
 * @buf: gets the text, FORMAT_MAX bytes
 * @rate: rate or NAN
 *
 * Return: @buf.
 */
const char *format_rate(char *buf, double rate);

/**
 * format_bytes() - a size with binary units: 4096, 64K, 1.5G
 * @buf: gets the text, FORMAT_MAX bytes
 * @bytes: size or UNKNOWN
 *
 * Return: @buf.
 */
const char *format_bytes(char *buf, uint64_t bytes);

/**
 * format_size() - a size for a sentence: 1023 bytes, 64.0 MiB
 * @buf: gets the text, FORMAT_MAX bytes
 * @bytes: size or UNKNOWN
 *
 * Return: @buf.
 */
const char *format_size(char *buf, uint64_t bytes);

/**
 * format_ns() - a duration: 950ns, 12.3us, 4.5ms, 1.2s, 3m05
 * @buf: gets the text, FORMAT_MAX bytes
 * @ns: nanoseconds or UNKNOWN
 *
 * Return: @buf.
 */
const char *format_ns(char *buf, uint64_t ns);

/**
 * format_age() - an age that was measured in ticks of the kernel, at least 100 in a second: like
 * format_ns(), but never 0
 * @buf: gets the text, FORMAT_MAX bytes
 * @ns: nanoseconds or UNKNOWN
 *
 * Return: @buf.
 */
const char *format_age(char *buf, uint64_t ns);

/**
 * format_address() - an IP address
 * @buf: gets the text, FORMAT_ADDRESS_MAX bytes
 * @family: AF_INET or AF_INET6
 * @addr: its 4 or 16 bytes, as they are sent
 *
 * Return: @buf; "?" in it for another family.
 */
const char *format_address(char *buf, uint16_t family, const uint8_t *addr);

/**
 * format_endpoint() - an IP address and a port: 192.0.2.1:80, [2001:db8::1]:80
 * @buf: gets the text, FORMAT_ENDPOINT_MAX bytes
 * @family: as for format_address()
 * @addr: likewise
 * @port: in the byte order of this machine
 *
 * Return: @buf.
 */
const char *format_endpoint(char *buf, uint16_t family, const uint8_t *addr, uint16_t port);

#endif

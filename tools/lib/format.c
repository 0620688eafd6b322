// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers for people.
 */
#include "lib/format.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unknown.h"

/* Three significant digits and a unit: the first one that leaves less than 1000. */
static const char *scaled(char *buf, double n, double base, const char *units)
{
	while (n >= 999.5 && units[1]) {
		n /= base;
		units++;
	}
	snprintf(buf, FORMAT_MAX, "%.*f%.1s", n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n, units);
	return buf;
}

const char *format_count(char *buf, uint64_t n)
{
	if (n == UNKNOWN)
		return strcpy(buf, "-");
	if (n < 10000) {
		snprintf(buf, FORMAT_MAX, "%" PRIu64, n);
		return buf;
	}
	return scaled(buf, n / 1e3, 1000, "kMGTPE");
}

const char *format_rate(char *buf, double rate)
{
	if (isnan(rate))
		return strcpy(buf, "-");
	if (rate > 0 && rate < 9.95) {
		snprintf(buf, FORMAT_MAX, "%.1f", rate);
		return buf;
	}
	return format_count(buf, (uint64_t)(rate + 0.5));
}

const char *format_bytes(char *buf, uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	const char *unit = units;
	uint64_t n = bytes;

	if (bytes == UNKNOWN)
		return strcpy(buf, "-");
	if (bytes < 1024) {
		snprintf(buf, FORMAT_MAX, "%" PRIu64, bytes);
		return buf;
	}
	/* dma-bufs have round sizes, so print them round. */
	for (n /= 1024; n >= 1024 && n % 1024 == 0 && bytes % 1024 == 0; n /= 1024)
		unit++;
	if (bytes % (UINT64_C(1024) << (10 * (unit - units))) == 0 && n < 1000) {
		snprintf(buf, FORMAT_MAX, "%" PRIu64 "%c", n, *unit);
		return buf;
	}
	return scaled(buf, bytes / 1024.0, 1024, units);
}

const char *format_size(char *buf, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double n = bytes;
	unsigned int unit = 0;

	if (bytes == UNKNOWN)
		return strcpy(buf, "-");
	while (n >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		n /= 1024;
		unit++;
	}
	snprintf(buf, FORMAT_MAX, unit ? "%.1f %s" : "%.0f %s", n, units[unit]);
	return buf;
}

const char *format_ns(char *buf, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (ns == UNKNOWN)
		return strcpy(buf, "-");
	if (ns < 1000)
		snprintf(buf, FORMAT_MAX, "%" PRIu64 "ns", ns);
	else if (ns < 999500)
		snprintf(buf, FORMAT_MAX, "%.*fus", ns < 99950 ? 1 : 0, ns / 1e3);
	else if (ns < 999500000)
		snprintf(buf, FORMAT_MAX, "%.*fms", ns < 99950000 ? 1 : 0, ns / 1e6);
	else if (s < 100)
		snprintf(buf, FORMAT_MAX, "%.1fs", ns / 1e9);
	else if (s < 6000)
		snprintf(buf, FORMAT_MAX, "%" PRIu64 "m%02" PRIu64, s / 60, s % 60);
	else if (s < 360000)
		snprintf(buf, FORMAT_MAX, "%" PRIu64 "h%02" PRIu64, s / 3600, s / 60 % 60);
	else
		snprintf(buf, FORMAT_MAX, "%" PRIu64 "d", s / 86400);
	return buf;
}

const char *format_age(char *buf, uint64_t ns)
{
	return ns ? format_ns(buf, ns) : strcpy(buf, "<10ms");
}

const char *format_address(char *buf, uint16_t family, const uint8_t *addr)
{
	if (!inet_ntop(family, addr, buf, FORMAT_ADDRESS_MAX))
		strcpy(buf, "?");
	return buf;
}

const char *format_endpoint(char *buf, uint16_t family, const uint8_t *addr, uint16_t port)
{
	char address[FORMAT_ADDRESS_MAX];

	snprintf(buf, FORMAT_ENDPOINT_MAX, family == AF_INET6 ? "[%s]:%u" : "%s:%u",
		 format_address(address, family, addr), port);
	return buf;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "moment.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "quantity.h"

#define NS_PER_S 1000000000LL

/* ".123456789", as far as it goes; returns what follows. */
static const char *parse_part(const char *s, int64_t *ns)
{
	if (*s != '.' || !isdigit((unsigned char)s[1]))
		return s;
	s++;
	for (int64_t unit = NS_PER_S / 10; isdigit((unsigned char)*s); s++, unit /= 10)
		*ns += (*s - '0') * unit;
	return s;
}

/* "HH:MM[:SS[.SSS]]"; returns what follows, NULL if it is none. */
static const char *parse_time(const char *s, struct tm *tm, int64_t *ns)
{
	s = strptime(s, "%H:%M", tm);
	if (!s || *s != ':')
		return s;
	s = strptime(s, ":%S", tm);
	return s ? parse_part(s, ns) : NULL;
}

int moment_date(const char *text, time_t (*zone)(struct tm *), int64_t *real_ns)
{
	struct tm tm = {.tm_isdst = -1};
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	int64_t ns = 0;
	long offset = 0;

	if (!end || (*end != 'T' && *end != ' '))
		return -EINVAL;
	end = parse_time(end + 1, &tm, &ns);
	if (end && *end) {
		end = strptime(end, "%z", &tm);
		offset = tm.tm_gmtoff;
		zone = timegm;
	}
	if (!end || *end)
		return -EINVAL;
	*real_ns = (zone(&tm) - offset) * NS_PER_S + ns;
	return 0;
}

int moment_parse(const char *text, int64_t now_ns, int64_t *real_ns, char *why, size_t size)
{
	struct tm tm = {0};
	const char *end;
	int64_t ahead;

	if (!strcmp(text, "now")) {
		*real_ns = now_ns;
		return 0;
	}
	if (*text == '-' || *text == '+') {
		if (quantity_parse(OVPP_UNIT_NS, text, &ahead, why, size))
			return -EINVAL;
		*real_ns = now_ns + ahead;
		return 0;
	}
	end = strptime(text, "%Y-%m-%d", &tm);
	if (end && !*end) {
		*real_ns = timegm(&tm) * NS_PER_S;
		return 0;
	}
	if (!moment_date(text, timegm, real_ns))
		return 0;
	snprintf(why, size,
		 "'%s' is no time; write it like '2030-06-01 12:00' (UTC), "
		 "2030-06-01T12:00:00+02:00, now or -1h",
		 text);
	return -EINVAL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp hook tap: frames that a hook writes to a ring buffer. */
#include "clock.h"
#include "hook.h"
#include "path.h"
#include "quantity.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../../bpf/tap.h"

/* Bits of a logged CAN FD frame, see <linux/can.h>. */
#define LOG_BRS 1
#define LOG_FDF 4

/**
 * struct tap - one run
 * @cli: invocation
 * @offset_ns: from CLOCK_MONOTONIC to CLOCK_REALTIME
 * @left: frames to go
 * @strange: entries of another length
 */
struct tap {
	struct cli *cli;
	int64_t offset_ns;
	int64_t left;
	uint64_t strange;
};

static const char *hex(const struct ovpp_tap *frame, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < frame->len; i++)
		ovpp_text_append(text, size, "%02X", frame->data[i]);
	return text;
}

/* "(1436509052.249713) bus1 351#1402C012 R der3", as candump -L -x but for the DER. */
static void print_line(const struct tap *tap, const struct ovpp_tap *frame)
{
	int64_t us = ((int64_t)frame->time_ns + tap->offset_ns) / 1000;
	char data[2 * sizeof(frame->data) + 1];

	printf("(%lld.%06lld) bus%u ", (long long)(us / 1000000), (long long)(us % 1000000),
	       frame->bus);
	printf(frame->flags & OVPP_MESSAGE_EXT ? "%08X#" : "%03X#", frame->id);
	if (frame->flags & OVPP_MESSAGE_FD)
		printf("#%X", LOG_FDF | (frame->flags & OVPP_MESSAGE_BRS ? LOG_BRS : 0));
	printf("%s %c", hex(frame, data, sizeof(data)), frame->sent ? 'T' : 'R');
	if (frame->der)
		printf(" der%u", frame->der);
	putchar('\n');
}

static void print_json(const struct tap *tap, const struct ovpp_tap *frame)
{
	char data[2 * sizeof(frame->data) + 1];
	json_t *o = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:b, s:s}", "mono_ns",
		(json_int_t)frame->time_ns, "real_ns", (json_int_t)frame->time_ns + tap->offset_ns,
		"bus", (json_int_t)frame->bus, "der", (json_int_t)frame->der, "can_id",
		(json_int_t)frame->id, "ext", !!(frame->flags & OVPP_MESSAGE_EXT), "fd",
		!!(frame->flags & OVPP_MESSAGE_FD), "brs", !!(frame->flags & OVPP_MESSAGE_BRS),
		"sent", !!frame->sent, "data", hex(frame, data, sizeof(data)));

	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static int print_entry(void *arg, void *data, size_t size)
{
	struct tap *tap = arg;
	struct ovpp_tap frame;

	if (size < sizeof(frame)) {
		tap->strange++;
		return 0;
	}
	memcpy(&frame, data, sizeof(frame));
	if (tap->cli->json)
		print_json(tap, &frame);
	else
		print_line(tap, &frame);
	/* An error leaves what follows to the next reader. */
	return --tap->left ? 0 : -ECANCELED;
}

/* Ends with Ctrl-C, --count, or a reader that is gone. */
static int follow(struct tap *tap, struct ring_buffer *ring)
{
	struct pollfd fds[2] = {{.fd = ring_buffer__epoll_fd(ring), .events = POLLIN},
				{.events = POLLIN}};
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	fds[1].fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (fds[1].fd < 0) {
		cli_error(tap->cli, "%s", strerror(errno));
		return CLI_REFUSED;
	}
	do {
		ring_buffer__consume(ring);
		fflush(stdout);
	} while (tap->left && !ferror(stdout) && poll(fds, 2, -1) >= 0 && !fds[1].revents);
	close(fds[1].fd);
	if (tap->strange)
		cli_error(tap->cli, "%llu entries are no struct ovpp_tap",
			  (unsigned long long)tap->strange);
	return tap->strange ? CLI_NO : CLI_OK;
}

/* The only ring buffer, or that of the name "tap". */
static const struct ovpp_bpf_map *find_ring(const struct hook_maps *maps)
{
	const struct ovpp_bpf_map *only = NULL;
	size_t n = 0;

	for (size_t i = 0; i < maps->n; i++) {
		if (maps->maps[i].type != BPF_MAP_TYPE_RINGBUF)
			continue;
		if (!strcmp(maps->maps[i].name, "tap"))
			return &maps->maps[i];
		only = &maps->maps[i];
		n++;
	}
	return n == 1 ? only : NULL;
}

static int read_ring(struct tap *tap, const struct hook_maps *maps)
{
	const struct ovpp_bpf_map *map = find_ring(maps);
	struct ring_buffer *ring;
	int ret;

	if (!map) {
		cli_error(tap->cli, "the hook has no ring buffer 'tap', nor just one of another "
				    "name");
		return CLI_REFUSED;
	}
	ring = ring_buffer__new(map->fd, print_entry, tap, NULL);
	if (!ring) {
		cli_error(tap->cli, "%s: %s", map->name, strerror(errno));
		return CLI_REFUSED;
	}
	ret = follow(tap, ring);
	ring_buffer__free(ring);
	return ret;
}

int hook_tap(struct cli *cli)
{
	const char *count = cli_value(cli, "count");
	struct tap tap = {.cli = cli, .left = INT64_MAX};
	char site[OPENVPP_NAME_MAX + 1], why[160];
	struct hook_pins pins;
	struct hook_maps maps;
	int ret;

	if (cli->n_words > 1)
		return cli_wrong(cli, "unexpected word '%s'", cli->words[1]);
	if (count &&
	    (quantity_parse(OVPP_UNIT_NONE, count, &tap.left, why, sizeof(why)) || tap.left < 1))
		return cli_wrong(cli, "--count: '%s' is no number above 0", count);
	ret = hook_rights(cli);
	if (!ret)
		ret = hook_site(cli, site);
	if (ret)
		return ret;
	tap.offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	hook_pins_init(&pins, cli, site, cli->words[0]);
	ret = hook_maps_open(&pins, &maps);
	if (ret)
		return ret;
	ret = read_ring(&tap, &maps);
	hook_maps_close(&maps);
	return ret;
}

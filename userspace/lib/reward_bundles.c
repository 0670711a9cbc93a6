// SPDX-License-Identifier: GPL-2.0-or-later
/* The evidence of a reward: bundles of one or several gateways. */
#include "reward.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first item of a bundle up to the gateway: [0, 1, bytes of 32]. */
static const uint8_t bundle_start[] = {0x83, 0x00, 0x01, 0x58, 0x20};

/**
 * struct bundles - bundles at work
 * @r: reward
 * @gateway: whose bundle is at work, meaningful with @verify
 * @verify: checks it
 * @done: list of gateways
 * @ret: what went wrong in a callback
 * @err: text
 * @size: its size
 */
struct bundles {
	struct ovpp_reward *r;
	uint8_t gateway[OVPP_KEY_SIZE];
	struct ovpp_verify *verify;
	json_t *done;
	int ret;
	char *err;
	size_t size;
};

static void on_batch(void *arg, const struct ovpp_header *h)
{
	struct bundles *b = arg;

	if (!b->ret)
		b->ret = ovpp_epoch_batch(&b->r->epoch, h);
}

static void on_record(void *arg, const struct ovpp_record *rec, const struct ovpp_device *d)
{
	struct bundles *b = arg;

	if (!b->ret)
		ovpp_epoch_record(&b->r->epoch, rec, d);
}

static void on_root(void *arg, const struct ovpp_header *h, const ovpp_hash root)
{
	const struct ovpp_reward *r = ((struct bundles *)arg)->r;

	if (r->root)
		r->root(r->arg, h, root);
}

/* The bundles of a gateway are over. */
static int finish(struct bundles *b)
{
	const struct ovpp_verify_result *v;
	char id[2 * OVPP_KEY_SIZE + 1], root[2 * OVPP_HASH_SIZE + 1];
	int ret;

	if (!b->verify)
		return 0;
	v = ovpp_verify_result(b->verify);
	ovpp_hex(b->gateway, sizeof(b->gateway), id);
	ovpp_hex(v->head.root, sizeof(v->head.root), root);
	ret = json_array_append_new(b->done,
				    json_pack("{s:s,s:I,s:I,s:I,s:s}", "id", id, "first_batch",
					      (json_int_t)v->first_batch, "last_batch",
					      (json_int_t)v->last_batch, "size",
					      (json_int_t)v->head.size, "root", root))
		      ? -ENOMEM
		      : 0;
	if (b->r->proven)
		b->r->proven(b->r->arg, b->verify);
	ovpp_verify_free(b->verify);
	b->verify = NULL;
	return ret;
}

/* Whose bundle is it? */
static int open_bundle(struct bundles *b, const char *path, uint8_t gateway[OVPP_KEY_SIZE])
{
	uint8_t start[sizeof(bundle_start) + OVPP_KEY_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	ssize_t n = fd < 0 ? -1 : pread(fd, start, sizeof(start), 0);

	if (n < 0) {
		ret = -errno;
		snprintf(b->err, b->size, "%s: %s", path, strerror(-ret));
	} else if (n < (ssize_t)sizeof(start) ||
		   memcmp(start, bundle_start, sizeof(bundle_start))) {
		ret = -EBADMSG;
		snprintf(b->err, b->size, "%s: this is no bundle", path);
	}
	if (ret && fd >= 0)
		close(fd);
	memcpy(gateway, start + sizeof(bundle_start), OVPP_KEY_SIZE);
	return ret ? ret : fd;
}

/* Another gateway begins, or the one before goes on. */
static int turn_to(struct bundles *b, const char *path, const uint8_t gateway[OVPP_KEY_SIZE])
{
	const struct ovpp_verify_options options = {
		.batch = on_batch, .record = on_record, .root = on_root, .arg = b};
	int order = b->verify ? memcmp(gateway, b->gateway, OVPP_KEY_SIZE) : 1, ret;

	if (!order)
		return 0;
	if (order < 0) {
		snprintf(b->err, b->size, "%s: the gateways are not in ascending order", path);
		return -EBADMSG;
	}
	ret = finish(b);
	if (ret)
		return ret;
	memcpy(b->gateway, gateway, sizeof(b->gateway));
	b->verify = ovpp_verify_new(gateway, &options);
	return b->verify ? 0 : -ENOMEM;
}

static int take_bundle(struct bundles *b, const char *path)
{
	uint8_t gateway[OVPP_KEY_SIZE];
	const struct ovpp_fault *f;
	int fd = open_bundle(b, path, gateway), ret;

	if (fd < 0)
		return fd;
	ret = turn_to(b, path, gateway);
	if (!ret) {
		ret = ovpp_verify_fd(b->verify, fd);
		f = &ovpp_verify_result(b->verify)->fault;
		if (ret)
			snprintf(b->err, b->size, "%s: byte %llu: %s", path,
				 (unsigned long long)f->offset,
				 *f->text ? f->text : strerror(-ret));
	}
	close(fd);
	return ret ? ret : b->ret;
}

int ovpp_reward_bundles(struct ovpp_reward *r, char *const *paths, size_t n, json_t **gateways,
			char *err, size_t size)
{
	struct bundles b = {.r = r, .done = json_array(), .err = err, .size = size};
	int ret = b.done ? 0 : -ENOMEM;

	snprintf(err, size, "%s", strerror(ENOMEM));
	for (size_t i = 0; i < n && !ret; i++)
		ret = take_bundle(&b, paths[i]);
	if (!ret)
		ret = finish(&b);
	ovpp_verify_free(b.verify);
	if (ret)
		json_decref(b.done);
	else
		*gateways = b.done;
	return ret;
}

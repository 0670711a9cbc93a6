// SPDX-License-Identifier: GPL-2.0-or-later
#include "epoch_ledger.h"

#include <errno.h>

#define NS_PER_MS 1000000

static int take_batch(struct ovpp_epoch *e, struct ovpp_reader *r, uint64_t seq)
{
	const struct ovpp_device *device;
	struct ovpp_read_batch b;
	struct ovpp_header h;
	size_t n, at;
	int ret;

	ret = ovpp_reader_batch(r, seq, &b);
	if (!ret)
		ret = ovpp_header_open(b.cose, b.cose_size, NULL, &h, NULL, &at);
	if (!ret)
		ret = ovpp_reader_table(r, &b, &device, &n);
	if (!ret)
		ret = ovpp_epoch_batch(e, &h);
	for (size_t i = 0; i < b.n && !ret; i++)
		ovpp_epoch_record(e, &b.rec[i], ovpp_device_find(device, n, b.rec[i].der));
	return ret;
}

int ovpp_epoch_ledger(struct ovpp_epoch *e, struct ovpp_reader *r)
{
	struct ovpp_read_filter filter = OVPP_READ_ALL;
	uint64_t ms = e->slots * e->params.slot_s * 1000, seq = 0;
	int ret;

	filter.min_ns = (int64_t)e->start_ms * NS_PER_MS;
	filter.max_ns = (int64_t)(e->start_ms + ms) * NS_PER_MS;
	while (!(ret = ovpp_reader_next(r, seq, &filter, &seq))) {
		ret = take_batch(e, r, seq++);
		if (ret)
			return ret;
	}
	return ret == -ENOENT ? 0 : ret;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a PDU, and as what a line brings to a master and to a slave:
 * nothing is read outside; what is a request is made the same again; a frame is
 * found where it ends, however the bytes before and after it look.
 */
#include "core/modbus.h"
#include "input.h"

static size_t request_adu(const struct ovpp_modbus_request *req, u8 unit, u8 *adu)
{
	u8 pdu[OVPP_MODBUS_PDU_MAX];
	int len = ovpp_modbus_pdu(req, pdu);

	PROMISE(len > 0 && len <= OVPP_MODBUS_PDU_MAX);
	return ovpp_modbus_adu(unit, pdu, len, adu);
}

/* What a device would answer. */
static size_t answer_adu(struct input *in, const struct ovpp_modbus_request *req, u8 unit, u8 *adu)
{
	size_t i, len = ovpp_modbus_answer_len(req);
	u8 pdu[OVPP_MODBUS_PDU_MAX];

	PROMISE(len >= 3 && len <= OVPP_MODBUS_PDU_MAX);
	if (ovpp_modbus_reads(req->function)) {
		pdu[0] = req->function;
		pdu[1] = len - 2;
		for (i = 2; i < len; i++)
			pdu[i] = draw(in, 1);
	} else {
		PROMISE(ovpp_modbus_pdu(req, pdu) >= (int)len);
	}
	PROMISE(!ovpp_modbus_is_answer(req, pdu, len));
	return ovpp_modbus_adu(unit, pdu, len, adu);
}

/* The first answer among @buf, by trying every part of it. */
static bool slow_find(const struct ovpp_modbus_request *req, u8 unit, const u8 *buf, size_t len,
		      size_t *at)
{
	size_t n;

	for (*at = 0; *at < len; ++*at) {
		for (n = 4; *at + n <= len && n <= OVPP_MODBUS_ADU_MAX; n++) {
			const u8 *adu = buf + *at;
			u16 crc;

			if (adu[0] != unit || ovpp_modbus_is_answer(req, adu + 1, n - 3) < 0)
				continue;
			crc = ovpp_modbus_crc(adu, n - 2);
			if (adu[n - 2] == (u8)crc && adu[n - 1] == crc >> 8)
				return true;
		}
	}
	return false;
}

static void check_master(const struct ovpp_modbus_request *req, u8 unit, const u8 *buf, size_t len)
{
	size_t pdu = 0, n = 0, at;
	int ret = ovpp_modbus_find_answer(req, unit, buf, len, &pdu, &n);

	PROMISE((ret >= 0) == slow_find(req, unit, buf, len, &at));
	if (ret < 0) {
		PROMISE(ret == -EAGAIN);
		return;
	}
	PROMISE(pdu == at + 1 && pdu + n + 2 <= len);
	PROMISE(ovpp_modbus_is_answer(req, buf + pdu, n) == ret);
}

static void check_slave(const u8 *buf, size_t len)
{
	struct ovpp_modbus_request req;
	size_t n = 0;
	int at = ovpp_modbus_find_request(buf, len, &n);

	if (at < 0) {
		PROMISE(at == -EAGAIN);
		return;
	}
	PROMISE(n >= 4 && n <= OVPP_MODBUS_ADU_MAX && at + n <= len);
	PROMISE(ovpp_modbus_parse(buf + at + 1, n - 3, &req) != -EOPNOTSUPP);
}

/* @frame between what is drawn, as it comes in pieces. */
static u8 *surround(struct input *in, const u8 *frame, size_t n, size_t *len)
{
	size_t before = draw_below(in, 40), after = draw_below(in, 40);
	u8 *buf = draw_bytes(in, before + n + after);

	memcpy(buf + before, frame, n);
	*len = before + n + after;
	return buf;
}

static void check_request(struct input *in, const struct ovpp_modbus_request *req)
{
	u8 unit = draw(in, 1), adu[OVPP_MODBUS_ADU_MAX], *buf;
	size_t n = request_adu(req, unit, adu), len, k, found;

	buf = surround(in, adu, n, &len);
	PROMISE(ovpp_modbus_find_request(buf, len, &found) >= 0);
	free(buf);
	n = answer_adu(in, req, unit, adu);
	buf = surround(in, adu, n, &len);
	PROMISE(ovpp_modbus_find_answer(req, unit, buf, len, &k, &found) >= 0);
	for (k = 0; k <= len; k += 1 + draw_below(in, 64))
		check_master(req, unit, buf, k);
	free(buf);
}

static void check_noise(struct input *in, const struct ovpp_modbus_request *req)
{
	size_t len = draw_below(in, 300);
	u8 unit = draw(in, 1), *buf = draw_bytes(in, len);

	check_slave(buf, len);
	check_master(req, unit, buf, len);
	free(buf);
}

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	struct input in = {bytes, bytes + size};
	size_t len = draw_below(&in, OVPP_MODBUS_PDU_MAX + 3);
	u8 again[OVPP_MODBUS_PDU_MAX], *pdu = draw_bytes(&in, len);
	struct ovpp_modbus_request req;
	int ret = ovpp_modbus_parse(pdu, len, &req);

	if (!ret) {
		PROMISE(ovpp_modbus_pdu(&req, again) == (int)len);
		PROMISE(!memcmp(again, pdu, len));
		check_request(&in, &req);
		check_noise(&in, &req);
	} else {
		PROMISE(ret == -EINVAL || ret == -EOPNOTSUPP);
	}
	free(pdu);
	return 0;
}

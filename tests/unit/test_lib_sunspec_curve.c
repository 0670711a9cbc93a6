// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: curves of SunSpec devices, against a device that can go wrong anywhere. */
#include <errno.h>

#include "kselftest_harness.h"

#include "core/modbus.h"
#include "sunspec_curve.h"
#include "sunspec_image.h"
#include "yaml.h"

#define CURVES 3
#define ROOM 70

/* Registers of a curve of 705, and of its points. */
#define FIXED 10

enum { IN_PROGRESS, COMPLETED, FAILED };

/**
 * struct device - a device with model 705
 * @im: its registers
 * @request: index of AdptCrvReq
 * @first: index of curve 1
 * @calls: reads and writes
 * @fail: the call that fails, from 1; 0: none
 * @with: how
 * @stuck: register that keeps what it has; 0: none
 * @result: what becomes of a request to adopt
 * @deaf: curve 1 is not made the copy that it should be
 * @largest: registers of the largest write
 * @checked: curve 2 was read since it was written
 * @unchecked: it was adopted without that
 * @paused_ms: how long it was waited for
 */
struct device {
	struct image im;
	size_t request;
	size_t first;
	size_t calls;
	size_t fail;
	int with;
	size_t stuck;
	uint16_t result;
	bool deaf;
	size_t largest;
	bool checked;
	bool unchecked;
	unsigned int paused_ms;
};

FIXTURE(curve)
{
	struct device d;
	struct ovpp_sunspec_curves curves;
	struct ovpp_sunspec_curve_plan plan;
	char err[256];
};

static void add_curve(struct image *im, bool read_only)
{
	uint16_t curve[FIXED] = {2, 1, 0xffff, 1000, 0xffff, 0xffff, 0xffff, 0, 10, read_only};

	for (size_t i = 0; i < FIXED; i++)
		image_word(im, curve[i]);
	for (int i = 0; i < ROOM; i++) {
		image_word(im, i < 2 ? (uint16_t)(950 + 100 * i) : 0xffff);
		image_word(im, i < 2 ? (uint16_t)(300 - 600 * i) : 0x8000);
	}
}

static void build(struct device *d, bool copies)
{
	struct image *im = &d->im;
	size_t from;

	*d = (struct device){.result = COMPLETED};
	image_begin(im);
	image_model(im, 705);
	from = im->model;
	image_set(im, "Ena", 0);
	image_set(im, "AdptCrvReq", copies ? 0 : 1);
	image_set(im, "AdptCrvRslt", COMPLETED);
	image_set(im, "NPt", ROOM);
	image_set(im, "NCrv", CURVES);
	image_set(im, "V_SF", (uint16_t)-1);
	image_set(im, "DeptRef_SF", (uint16_t)-1);
	image_set(im, "RspTms_SF", 0);
	d->request = image_address(im, "AdptCrvReq") - IMAGE_BASE;
	d->first = im->n;
	for (int i = 0; i < CURVES; i++)
		add_curve(im, copies && !i);
	im->reg[from + 1] = (uint16_t)(im->n - from - 2);
	image_end(im);
}

static int find(const struct image *im, struct ovpp_sunspec_curves *out)
{
	struct ovpp_sunspec_map map = image_map(im);
	struct ovpp_sunspec_block block;
	size_t at = 2;

	return ovpp_sunspec_next(&map, &at, &block) > 0 ? ovpp_sunspec_curves(&block, out)
							: -EINVAL;
}

FIXTURE_SETUP(curve)
{
	build(&self->d, true);
	ASSERT_EQ(0, find(&self->d.im, &self->curves));
}

FIXTURE_TEARDOWN(curve)
{
	ovpp_sunspec_curve_plan_free(&self->plan);
	ovpp_sunspec_curves_free(&self->curves);
}

#define PLAN(yaml) plan(&self->curves, yaml, &self->plan, self->err, sizeof(self->err))

static int plan(const struct ovpp_sunspec_curves *curves, const char *yaml,
		struct ovpp_sunspec_curve_plan *out, char *err, size_t size)
{
	json_t *file = NULL;
	int ret = ovpp_yaml_parse(yaml, strlen(yaml), "curve", true, &file, err, size);

	if (!ret)
		ret = ovpp_sunspec_curve_plan(curves, file, out, err, size);
	json_decref(file);
	return ret;
}

/* ---- the device ---- */

static size_t index_of(uint16_t address)
{
	return (size_t)(address - IMAGE_BASE);
}

static int dev_read(void *ctx, uint16_t address, uint16_t n, uint16_t *reg)
{
	struct device *d = ctx;

	if (++d->calls == d->fail)
		return d->with;
	if (n > OVPP_MODBUS_READ_MAX)
		return -EINVAL;
	memcpy(reg, d->im.reg + index_of(address), n * sizeof(*reg));
	if (index_of(address) > d->first)
		d->checked = true;
	return 0;
}

static void adopt(struct device *d)
{
	size_t size = FIXED + 2 * ROOM, from = d->first + (d->im.reg[d->request] - 1u) * size;
	uint16_t *reg = d->im.reg;

	d->unchecked |= !d->checked;
	reg[d->request + 1] = d->result;
	if (d->result != COMPLETED || d->deaf)
		return;
	memcpy(reg + d->first, reg + from, size * sizeof(*reg));
	reg[d->first + FIXED - 1] = 1;
}

static int dev_write(void *ctx, uint16_t address, uint16_t n, const uint16_t *reg)
{
	struct device *d = ctx;
	size_t at = index_of(address);

	if (++d->calls == d->fail)
		return d->with;
	if (n > d->largest)
		d->largest = n;
	for (size_t i = 0; i < n; i++) {
		if (at + i != d->stuck || !d->stuck)
			d->im.reg[at + i] = reg[i];
	}
	d->checked &= at < d->first;
	if (at == d->request)
		adopt(d);
	return 0;
}

static void dev_pause(void *ctx, unsigned int ms)
{
	((struct device *)ctx)->paused_ms += ms;
}

#define WRITE(wait)                                                                    \
	ovpp_sunspec_curve_write(&self->curves, &self->plan, &access, wait, self->err, \
				 sizeof(self->err))

/* The curves are those of the registers as they were: the device has its own. */
#define BEGIN(yaml)                                                                       \
	struct device dev = self->d;                                                      \
	const struct ovpp_sunspec_access access = {dev_read, dev_write, dev_pause, &dev}; \
	ASSERT_EQ(0, PLAN(yaml))

/* What the device follows, point by point: V and Var. */
static const uint16_t *active_pt(const struct device *d, size_t pt)
{
	return d->im.reg + d->first + FIXED + 2 * (pt - 1);
}

#define ASSERT_ACTIVE(v, var)                \
	ASSERT_EQ(v, active_pt(&dev, 1)[0]); \
	ASSERT_EQ(var, active_pt(&dev, 1)[1])

#define NEW "{model: 705, Pt: [{V: 92, Var: 44}, {V: 108, Var: -44}]}"

/* ---- tests ---- */

TEST_F(curve, is_found)
{
	ASSERT_EQ(CURVES, self->curves.curves);
	ASSERT_EQ(ROOM, self->curves.room);
	ASSERT_EQ(1, self->curves.active);
	ASSERT_TRUE(self->curves.copies);
	ASSERT_EQ(2, ovpp_sunspec_curve_points(&self->curves, 1));
	ASSERT_EQ(NULL, ovpp_sunspec_curve_kind(704));
}

/* Whatever a model says of its length: nothing behind its end is a curve. */
TEST_F(curve, of_a_model_that_ends_early)
{
	struct ovpp_sunspec_block block = self->curves.block;
	struct ovpp_sunspec_curves curves;

	for (size_t n = 2; n < self->curves.block.n; n++) {
		block.n = n;
		ASSERT_EQ(-EBADMSG, ovpp_sunspec_curves(&block, &curves));
	}
	block.id = 704;
	ASSERT_EQ(-ENOENT, ovpp_sunspec_curves(&block, &curves));
}

TEST_F(curve, is_written_checked_and_adopted)
{
	BEGIN(NEW);

	ASSERT_EQ(2, self->plan.curve);
	ASSERT_EQ(0, WRITE(0));
	ASSERT_ACTIVE(920, 440);
	ASSERT_FALSE(dev.unchecked);
	ASSERT_EQ(0, dev.paused_ms);
	/* Not enabled: nobody asked for it. */
	ASSERT_EQ(0, dev.im.reg[dev.request - 1]);
}

TEST_F(curve, with_many_points_takes_several_requests)
{
	char yaml[ROOM * 24 + 64] = "{model: 705, Ena: 1, Pt: [";
	size_t at = strlen(yaml);

	for (int i = 0; i < ROOM; i++)
		at += (size_t)sprintf(yaml + at, "{V: %d, Var: %d},", 60 + i, i % 100);
	strcpy(yaml + at - 1, "]}");
	BEGIN(yaml);
	ASSERT_EQ(0, WRITE(0));
	ASSERT_ACTIVE(600, 0);
	ASSERT_EQ(600 + 10 * (ROOM - 1), active_pt(&dev, ROOM)[0]);
	ASSERT_LE(dev.largest, OVPP_MODBUS_WRITE_MAX);
	ASSERT_EQ(0, dev.largest % 2);
	ASSERT_EQ(1, dev.im.reg[dev.request - 1]);
}

/* Each request fails once, in each way: the device follows the old one, or the new one. */
TEST_F(curve, fails_as_a_whole)
{
	static const int ways[] = {-ETIMEDOUT, -EREMOTEIO, -EPERM, -EINTR};
	size_t calls;

	BEGIN(NEW);
	ASSERT_EQ(0, WRITE(0));
	calls = dev.calls;
	for (size_t fail = 1; fail <= calls; fail++) {
		for (size_t way = 0; way < 4; way++) {
			int ret;

			dev = self->d;
			dev.fail = fail;
			dev.with = ways[way];
			ret = WRITE(0);
			ASSERT_NE(0, ret);
			ASSERT_NE('\0', self->err[0]);
			ASSERT_FALSE(dev.unchecked);
			ASSERT_EQ(active_pt(&dev, 1)[0] == 920 ? 440 : 300, active_pt(&dev, 1)[1]);
			ASSERT_EQ(active_pt(&dev, 2)[0] == 1080, active_pt(&dev, 1)[0] == 920);
		}
	}
}

TEST_F(curve, is_not_adopted_if_it_was_not_kept)
{
	BEGIN(NEW);
	dev.stuck = dev.first + FIXED + 2 * ROOM + FIXED + 1;
	ASSERT_EQ(-EBADMSG, WRITE(0));
	ASSERT_NE(NULL, strstr(self->err, "is 300, not 440 as written; not adopted"));
	ASSERT_ACTIVE(950, 300);
	ASSERT_EQ(0, dev.im.reg[dev.request]);
}

TEST_F(curve, that_the_device_refuses)
{
	BEGIN(NEW);
	dev.result = FAILED;
	ASSERT_EQ(-EREMOTEIO, WRITE(1000));
	ASSERT_STREQ("the device did not adopt curve 2", self->err);
	ASSERT_ACTIVE(950, 300);
}

/* Neither "in progress" for ever nor "completed" without a trace of it is success. */
TEST_F(curve, that_is_waited_for_in_vain)
{
	BEGIN(NEW);
	dev.result = IN_PROGRESS;
	ASSERT_EQ(-ETIMEDOUT, WRITE(1000));
	ASSERT_EQ(1000, dev.paused_ms);
	dev = self->d;
	dev.deaf = true;
	ASSERT_EQ(-ETIMEDOUT, WRITE(400));
	ASSERT_EQ(400, dev.paused_ms);
}

TEST_F(curve, of_a_device_that_is_just_adopting_one)
{
	self->d.im.reg[self->d.request] = 3;
	self->d.im.reg[self->d.request + 1] = IN_PROGRESS;
	ovpp_sunspec_curves_free(&self->curves);
	ASSERT_EQ(0, find(&self->d.im, &self->curves));
	ASSERT_EQ(-EBUSY, PLAN(NEW));
	/* One that was never asked has the same result. */
	self->d.im.reg[self->d.request] = 0;
	ovpp_sunspec_curves_free(&self->curves);
	ASSERT_EQ(0, find(&self->d.im, &self->curves));
	ASSERT_EQ(0, PLAN(NEW));
}

/* It follows the curve where it is stored: that one is never written. */
TEST_F(curve, in_place)
{
	build(&self->d, false);
	ovpp_sunspec_curves_free(&self->curves);
	ASSERT_EQ(0, find(&self->d.im, &self->curves));
	ASSERT_FALSE(self->curves.copies);
	ASSERT_EQ(-EBUSY, PLAN("{curve: 1, RspTms: 3}"));
	BEGIN("{RspTms: 3}");
	dev.deaf = true;
	ASSERT_EQ(2, self->plan.curve);
	ASSERT_EQ(0, WRITE(0));
	ASSERT_EQ(2, dev.im.reg[dev.request]);
	ASSERT_ACTIVE(950, 300);
}

TEST_F(curve, is_refused)
{
	static const struct {
		const char *yaml;
		int ret;
	} wrong[] = {
		{"[]", -EINVAL},
		{"{model: 706}", -EINVAL},
		{"{Nothing: 1}", -EINVAL},
		{"{curve: 0}", -EINVAL},
		{"{curve: 99}", -EINVAL},
		{"{curve: x}", -EINVAL},
		{"{curve: 1}", -EBUSY},
		{"{Pt: []}", -EINVAL},
		{"{Pt: 3}", -EINVAL},
		{"{Pt: [{V: 90, Q: 1}]}", -EINVAL},
		{"{Pt: [{V: x, Var: 1}]}", -EINVAL},
		{"{Pt: [{V: [1], Var: 1}]}", -EINVAL},
		{"{Pt: [{V: 0, Var: 1}]}", -EINVAL},
		{"{Pt: [{V: 201, Var: 1}]}", -EINVAL},
		{"{Pt: [{V: 100, Var: -100.1}]}", -EINVAL},
		{"{Pt: [{V: 100, Var: 0.01}]}", -ERANGE},
		{"{RspTms: -1}", -ERANGE},
		{"{RspTms: 4294967295}", -ERANGE},
		{"{RspTms: 99999999999999999999999}", -EINVAL},
		{"{VRef: 6553.5}", -ERANGE},
		{"{Pri: ACTIVE}", -ERANGE},
		{"{ActPt: 1}", -EINVAL},
		{"{VRefAuto: 100}", -EINVAL},
		{"{Ena: 2}", -EINVAL},
		{"{RvrtTms: 5}", -ERANGE},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		self->err[0] = '\0';
		EXPECT_EQ(wrong[i].ret, PLAN(wrong[i].yaml)) TH_LOG("%s", wrong[i].yaml);
		EXPECT_NE('\0', self->err[0]) TH_LOG("%s: no text", wrong[i].yaml);
	}
}

/* Without an exponent a number means nothing. */
TEST_F(curve, without_its_scale)
{
	struct image *im = &self->d.im;

	image_set(im, "V_SF", 0x8000);
	ovpp_sunspec_curves_free(&self->curves);
	ASSERT_EQ(0, find(im, &self->curves));
	ASSERT_EQ(-ERANGE, PLAN(NEW));
	ASSERT_STREQ("V: the device does not give V_SF", self->err);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* core/alloc.c: sharing a demand over DER. */
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "core/alloc.h"

#define N 16

FIXTURE(alloc)
{
	struct ovpp_share s[N];
	struct ovpp_share *p[N];
};

FIXTURE_SETUP(alloc)
{
	unsigned int i;

	memset(self->s, 0, sizeof(self->s));
	for (i = 0; i < N; i++)
		self->p[i] = &self->s[i];
}

FIXTURE_TEARDOWN(alloc)
{
}

static void set(struct ovpp_share *s, s64 lo, s64 hi, s64 p, u8 rank)
{
	*s = (struct ovpp_share){.lo = lo, .hi = hi, .p = p, .rank = rank};
}

TEST_F(alloc, equals_get_equal_shares)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		set(&self->s[i], -1000, 1000, 0, 1);
	EXPECT_EQ(0, ovpp_alloc(self->p, 3, 1000));
	EXPECT_EQ(1000, self->s[0].p + self->s[1].p + self->s[2].p);
	for (i = 0; i < 3; i++) {
		EXPECT_GE(334, self->s[i].p);
		EXPECT_LE(333, self->s[i].p);
	}
}

TEST_F(alloc, shares_are_in_proportion_to_headroom)
{
	set(&self->s[0], 0, 1000, 0, 1);
	set(&self->s[1], 0, 3000, 0, 1);
	EXPECT_EQ(0, ovpp_alloc(self->p, 2, 2000));
	EXPECT_EQ(500, self->s[0].p);
	EXPECT_EQ(1500, self->s[1].p);
}

TEST_F(alloc, headroom_is_counted_in_the_direction_of_the_demand)
{
	set(&self->s[0], -1000, 5000, 0, 1);
	set(&self->s[1], -3000, 5000, 0, 1);
	EXPECT_EQ(0, ovpp_alloc(self->p, 2, -2000));
	EXPECT_EQ(-500, self->s[0].p);
	EXPECT_EQ(-1500, self->s[1].p);
}

TEST_F(alloc, lower_rank_is_used_up_first)
{
	set(&self->s[0], -100, 100, 0, 1);
	set(&self->s[1], -1000, 1000, 0, 2);
	set(&self->s[2], -1000, 1000, 0, 3);
	EXPECT_EQ(0, ovpp_alloc(self->p, 3, 600));
	EXPECT_EQ(100, self->s[0].p);
	EXPECT_EQ(500, self->s[1].p);
	EXPECT_EQ(0, self->s[2].p);
}

TEST_F(alloc, nothing_moves_when_rest_is_what_is_asked)
{
	set(&self->s[0], 0, 9000, 9000, 1);
	set(&self->s[1], -500, 500, -9, 2);
	EXPECT_EQ(0, ovpp_alloc(self->p, 2, 8991));
	EXPECT_EQ(9000, self->s[0].p);
	EXPECT_EQ(-9, self->s[1].p);
}

TEST_F(alloc, what_nobody_can_take_is_returned)
{
	set(&self->s[0], -100, 100, 0, 1);
	set(&self->s[1], -100, 300, 0, 2);
	EXPECT_EQ(600, ovpp_alloc(self->p, 2, 1000));
	EXPECT_EQ(100, self->s[0].p);
	EXPECT_EQ(300, self->s[1].p);
	EXPECT_EQ(-800, ovpp_alloc(self->p, 2, -1000));
	EXPECT_EQ(-100, self->s[0].p);
	EXPECT_EQ(-100, self->s[1].p);
	EXPECT_EQ(7, ovpp_alloc(self->p, 0, 7));
}

TEST_F(alloc, extremes_do_not_overflow)
{
	unsigned int i;

	for (i = 0; i < N; i++)
		set(&self->s[i], -OVPP_P_MAX, OVPP_P_MAX, -OVPP_P_MAX, 1);
	EXPECT_EQ(0, ovpp_alloc(self->p, N, N * OVPP_P_MAX - 1));
	EXPECT_LT(0, ovpp_alloc(self->p, N, S64_MAX));
	EXPECT_EQ(OVPP_P_MAX, self->s[0].p);
	EXPECT_GT(0, ovpp_alloc(self->p, N, S64_MIN));
	EXPECT_EQ(-OVPP_P_MAX, self->s[N - 1].p);
}

static s64 power(unsigned int bits)
{
	return ((s64)lrand48() << 8 ^ lrand48()) & ((1LL << bits) - 1);
}

TEST_F(alloc, sum_is_exact_and_bounds_and_order_hold_for_any_input)
{
	unsigned int round, i, n;

	srand48(1);
	for (round = 0; round < 50000; round++) {
		s64 lo = 0, hi = 0, demand, sum = 0, left;
		u8 rank = 0;

		n = 1 + lrand48() % N;
		for (i = 0; i < n; i++) {
			s64 least = -power(lrand48() % 39);
			s64 span = power(lrand48() % 39);

			rank += lrand48() % 2;
			set(&self->s[i], least, least + span, least + (span ? power(38) % span : 0),
			    rank);
			lo += least;
			hi += least + span;
		}
		demand = lo + (hi > lo ? power(38) % (hi - lo + 1) : 0);
		left = ovpp_alloc(self->p, n, demand);
		for (i = 0; i < n; i++) {
			ASSERT_LE(self->s[i].lo, self->s[i].p);
			ASSERT_GE(self->s[i].hi, self->s[i].p);
			sum += self->s[i].p;
		}
		ASSERT_EQ(0, left);
		ASSERT_EQ(demand, sum);
	}
}

TEST_F(alloc, equals_stay_equal_beside_others_of_any_size)
{
	unsigned int round;

	srand48(2);
	for (round = 0; round < 20000; round++) {
		s64 span = power(38), other = power(38);
		s64 demand = power(38) % (2 * span + other + 1);

		set(&self->s[0], 0, other, 0, 5);
		set(&self->s[1], 0, span, 0, 5);
		set(&self->s[2], 0, span, 0, 5);
		ASSERT_EQ(0, ovpp_alloc(self->p, 3, demand));
		ASSERT_GE(1, llabs(self->s[1].p - self->s[2].p));
	}
}

TEST_HARNESS_MAIN

/* How long does it take to read and bind a scenario?
 *   bind SITE SCENARIO ROUNDS         prints "FLOWS SECONDS", a line a round
 */
#include <stdio.h>
#include <stdlib.h>

#include "mailflow/clock.h"
#include "mailflow/plan.h"

static struct mf_plan *bind_once(const char *site, const char *scenario)
{
    static const unsigned char secret[32] = "not a secret: it is only a bench";
    struct mf_plan_options options = {.site = site, .scenarios = &scenario, .scenario_count = 1, .run = "0123456789ab", .secret = secret};
    struct mf_files *files = mf_files_new();
    struct mf_diags *diags = mf_diags_new();
    struct mf_plan *plan = mf_plan_bind(&options, files, diags);
    if (!plan)
        mf_diags_print(diags, stderr, false);
    mf_diags_free(&diags);
    mf_files_free(&files);
    return plan;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bind SITE SCENARIO ROUNDS\n");
        return 1;
    }
    for (int rounds = atoi(argv[3]); rounds > 0; rounds--) {
        mf_usec began = mf_now();
        struct mf_plan *plan = bind_once(argv[1], argv[2]);
        if (!plan)
            return 1;
        printf("%zu %.6f\n", plan->flow_count, (double)(mf_now() - began) / 1e6);
        mf_plan_free(&plan);
    }
    return 0;
}

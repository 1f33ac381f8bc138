// The solvers of route, for its list alone.
#pragma once

#include "ops/moe/route.h"

namespace nagare {

IsaSolver<RouteProblem, RouteArguments> route_generic();
IsaSolver<RouteProblem, RouteArguments> route_reference();

}  // namespace nagare

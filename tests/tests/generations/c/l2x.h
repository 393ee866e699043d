/* Layout L2 as the libraries of summer 2014 had it. */
#define TABLES 6
#include "l2.h"

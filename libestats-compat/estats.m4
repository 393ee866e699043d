# Finds the C library for a configure script of the time. With estats.pc, PKG_CHECK_MODULES([ESTATS], [estats]) does the same.
#
# AM_PATH_ESTATS([VERSION], [ACTION-IF-FOUND], [ACTION-IF-NOT-FOUND])
#
# Sets and substitutes ESTATS_CFLAGS and ESTATS_LIBS, both empty when there is no library, or when it does not call itself VERSION.
# The estats-config that is asked is the first in PATH, or the one that the variable ESTATS_CONFIG names.
AC_DEFUN([AM_PATH_ESTATS], [
AC_ARG_VAR([ESTATS_CONFIG], [program that tells where the Web10G library is])
AC_PATH_PROG([ESTATS_CONFIG], [estats-config])
AC_MSG_CHECKING([for the Web10G library]m4_ifval([$1], [[ $1]]))
estats_found=no
AS_IF([test -n "$ESTATS_CONFIG" && estats_version=`"$ESTATS_CONFIG" --version`],
  [m4_ifval([$1], [AS_IF([test "x$estats_version" = "x$1"], [estats_found=yes])], [estats_found=yes])],
  [estats_version=none])
AC_MSG_RESULT([$estats_found, $estats_version])
AS_IF([test "$estats_found" = yes],
  [ESTATS_CFLAGS=`"$ESTATS_CONFIG" --cflags`
   ESTATS_LIBS=`"$ESTATS_CONFIG" --libs`
   m4_default([$2], [:])],
  [ESTATS_CFLAGS=
   ESTATS_LIBS=
   m4_default([$3], [AC_MSG_WARN([no estats-config: if it is not in PATH, say where with ESTATS_CONFIG=])])])
AC_SUBST([ESTATS_CFLAGS])
AC_SUBST([ESTATS_LIBS])
])

#include <stdio.h>

int main(void)
{
	puts("svctop " VERSION);
	return 0;
}

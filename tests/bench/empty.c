/* A program that does nothing but load the libraries that svctop is linked to. */

int main(void)
{
	return 0;
}

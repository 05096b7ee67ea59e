Console.Error.WriteLine("unifiedmsg: no command given");
return 2;

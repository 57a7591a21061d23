// An application behind umbra.
const express = require('express');

const app = express();
app.use(express.text({type: () => true}));

app.get('/', (request, response) => response.send('hello\n'));
app.get('/slow', (request, response) => {
  console.error('slow begins');
  setTimeout(() => response.send('slow ends\n'), request.query.seconds * 1000);
});
app.all('/echo', (request, response) =>
  response.type('text').send(`${request.method} ${request.originalUrl} ${request.body || ''}\n`));

const server = app.listen(process.env.PORT);
process.on('SIGTERM', () => server.close());

# An application of the Ruby buildpack's time: its Procfile, .buildpacks and config/gor.options are as they were.
require 'sinatra'

disable :logging

get '/' do
  "hello\n"
end

get '/slow' do
  warn 'slow begins'
  sleep params['seconds'].to_f
  "slow ends\n"
end

%w[get post put delete].each do |verb|
  send(verb, '/echo') { "#{request.request_method} #{request.fullpath} #{request.body.read}\n" }
end
